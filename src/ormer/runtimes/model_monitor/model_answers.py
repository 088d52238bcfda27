"""What a model said beside what was true: the two or three columns model quality needs, whatever they come from."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from .captures import align_answers, captured_part, event_id
from .csv_blocks import ReadPlan
from .datasets import Dataset, open_dataset
from .literals import NUMBER
from .mistakes import ClientError
from .payloads import Payload, Row, plain_path, read_payload
from .settings import Settings


@dataclass(frozen=True)
class Answers:
    """Rows with a ground truth and an answer, as text; a column that was not asked for is None."""

    truth: pl.Series
    inference: pl.Series | None
    probability: pl.Series | None


def read_answers(settings: Settings) -> Answers:
    """The columns that the attributes name. Rows without a truth or an answer are left out, as they cannot be judged.

    Raises ClientError when an attribute names nothing, or no row is left."""
    attributes = {"inference": settings.inference_attribute, "probability": settings.probability_attribute}
    wanted = {name: attribute for name, attribute in attributes.items() if attribute}
    if not wanted:
        raise ClientError("Model quality needs inference_attribute or probability_attribute.")
    dataset = open_dataset(settings)
    if dataset.form.is_capture and dataset.preprocessor is None:
        table = _from_captures(dataset, wanted, settings.ground_truth_attribute)
    else:
        if not settings.ground_truth_attribute:
            raise ClientError("Model quality of a data set needs ground_truth_attribute.")
        table = _from_table(dataset, {**wanted, "truth": settings.ground_truth_attribute})
    table = table.drop_nulls()
    if not table.height:
        raise ClientError("Job inputs had no data: no row has both an answer and a ground truth.")
    return Answers(table["truth"], *(table[name] if name in wanted else None for name in ("inference", "probability")))


def numbers_of(texts: pl.Series, what: str) -> pl.Series:
    """The column as float64. Raises ClientError naming the first cell that is no number."""
    numbers = texts.cast(pl.Float64, strict=False)
    if numbers.null_count():
        bad = texts.filter(numbers.is_null())[0]
        raise ClientError(f"The {what} {bad!r} is not a number.")
    return numbers


def labels_of(texts: pl.Series) -> pl.Series:
    """Labels in one spelling: 1, 1.0 and 1e0 are the same label "1"."""
    texts = texts.str.strip_chars()
    is_number = texts.str.contains(NUMBER)
    numbers = texts.cast(pl.Float64, strict=False)
    is_whole = is_number & (numbers == numbers.round()) & (numbers.abs() < 2**53)
    whole = numbers.set(~is_whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    return whole.zip_with(is_whole.fill_null(False), texts)


def _from_table(dataset: Dataset, wanted: dict[str, str]) -> pl.DataFrame:
    frames = []
    plan = ReadPlan()  # Left as it is, so that every cell is read as the text it is.
    for frame in dataset.frames(plan):
        frames.append(pl.DataFrame({name: _column(frame, attribute) for name, attribute in wanted.items()}))
    if not frames:
        raise ClientError(f"Job inputs had no data: the files under {dataset.files[0].parent} hold no row.")
    return pl.concat(frames)


def _column(frame: pl.DataFrame, attribute: str) -> pl.Series:
    name = _locate(attribute, frame.columns)
    if name is None:
        raise ClientError(f"The attribute {attribute} is not a column of the data set: {', '.join(frame.columns)}.")
    return frame[name].cast(pl.String)


def _locate(attribute: str, names: list[str]) -> str | None:
    for candidate in (attribute, plain_path(attribute)):
        if candidate in names:
            return candidate
    if attribute.isdigit() and int(attribute) < len(names):
        return names[int(attribute)]
    return None


def _from_captures(dataset: Dataset, wanted: dict[str, str], truth_attribute: str | None) -> pl.DataFrame:
    rows: dict[str, list[str | None]] = {name: [] for name in (*wanted, "truth")}
    for where, _, record in dataset.records():
        truths = _truths(record, where, truth_attribute)
        for name, attribute in wanted.items():
            rows[name].extend(_answers(record, attribute, len(truths)))
        rows["truth"].extend(truths)
    return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))


def _truths(record: dict[str, Any], where: str, attribute: str | None) -> list[str | None]:
    part = record.get("groundTruthData")
    if not isinstance(part, dict):
        raise ClientError(f"{where} has no groundTruthData: merge the captured data with ground truth first.")
    payload = read_payload(part, f"groundTruthData of event {event_id(record)}")
    return [_cell(payload, row, attribute or "0", record) for row in payload.rows]


def _answers(record: dict[str, Any], attribute: str, count: int) -> list[str | None]:
    outputs = captured_part(record, "endpointOutput")
    if outputs is None:
        raise ClientError(f"The record of event {event_id(record)} has no captured endpointOutput.")
    rows = align_answers(outputs, count, record)
    return [_cell(outputs, row, attribute, record) for row in rows]


def _cell(payload: Payload, row: Row, attribute: str, record: dict[str, Any]) -> str | None:
    """An attribute in one row, or, for a path from the top of a JSON body, in the row without the list's own name."""
    name = _locate(attribute, list(row))
    if name is not None:
        return row[name]
    if len(payload.rows) == 1 and plain_path(attribute) in payload.whole:
        return payload.whole[plain_path(attribute)]
    tail = ".".join(step for step in plain_path(attribute).split(".")[1:] if not step.isdigit() and step != "*")
    if tail in row:
        return row[tail]
    if len(row) == 1 and not payload.named:
        return next(iter(row.values()))
    raise ClientError(
        f"The attribute {attribute} is not in the captured data of event {event_id(record)}: {list(row)}."
    )
