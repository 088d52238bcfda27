"""What a model said beside what was true: the two or three columns model quality needs, whatever they come from.

A frame's texts become numbers at once, so that a row costs a few bytes however many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from .captures import align_answers, captured_part, event_id
from .choices import FRAME_ROWS
from .csv_blocks import ReadPlan
from .datasets import Dataset, open_dataset
from .literals import NUMBER
from .mistakes import ClientError
from .payloads import Payload, Row, plain_path, read_payload
from .settings import Settings


@dataclass(frozen=True)
class Numbers:
    """A column of numbers: float64."""

    values: np.ndarray


@dataclass(frozen=True)
class Labels:
    """A column of labels: for each row the place of its label in `names`, which are in the order they were met."""

    values: np.ndarray
    names: list[str]


@dataclass(frozen=True)
class Answers:
    """Rows with a ground truth and an answer; a column that was not asked for is None."""

    truth: Numbers | Labels
    inference: Numbers | Labels | None
    probability: Numbers | None


def read_answers(settings: Settings) -> Answers:
    """The columns that the attributes name: numbers of a regression, else labels; a probability is a number.

    Rows without a truth or an answer are left out, as they cannot be judged. Raises ClientError when an attribute names
    nothing, a number is none, or no row is left."""
    attributes = {"inference": settings.inference_attribute, "probability": settings.probability_attribute}
    wanted = {name: attribute for name, attribute in attributes.items() if attribute}
    if not wanted:
        raise ClientError("Model quality needs inference_attribute or probability_attribute.")
    dataset = open_dataset(settings)
    if dataset.form.is_capture and dataset.preprocessor is None:
        frames = _from_captures(dataset, wanted, settings.ground_truth_attribute)
    else:
        if not settings.ground_truth_attribute:
            raise ClientError("Model quality of a data set needs ground_truth_attribute.")
        frames = _from_table(dataset, {**wanted, "truth": settings.ground_truth_attribute})
    judges_numbers = settings.problem_type == "Regression"
    columns: dict[str, _NumberColumn | _LabelColumn] = {
        "truth": _NumberColumn("ground truth") if judges_numbers else _LabelColumn(),
        "inference": _NumberColumn("inference") if judges_numbers else _LabelColumn(),
    }
    probability = _NumberColumn("probability")
    for frame in frames:
        present = frame.drop_nulls()
        for name in present.columns:
            (probability if name == "probability" else columns[name]).add(present[name])
    if not columns["truth"].rows:
        raise ClientError("Job inputs had no data: no row has both an answer and a ground truth.")
    return Answers(
        columns["truth"].column(),
        columns["inference"].column() if "inference" in wanted else None,
        probability.column() if "probability" in wanted else None,
    )


@dataclass
class _NumberColumn:
    what: str
    parts: list[np.ndarray] = field(default_factory=list)
    rows: int = 0

    def add(self, texts: pl.Series) -> None:
        self.parts.append(numbers_of(texts, self.what).to_numpy())
        self.rows += len(texts)

    def column(self) -> Numbers:
        return Numbers(_joined(self.parts, np.float64))


@dataclass
class _LabelColumn:
    places: dict[str, int] = field(default_factory=dict)
    parts: list[np.ndarray] = field(default_factory=list)
    rows: int = 0

    def add(self, texts: pl.Series) -> None:
        spellings = texts.unique()
        names = labels_of(spellings)
        for name in names:
            self.places.setdefault(name, len(self.places))
        found = texts.replace_strict(spellings, [self.places[name] for name in names], return_dtype=pl.Int32)
        self.parts.append(found.to_numpy())
        self.rows += len(texts)

    def column(self) -> Labels:
        return Labels(_joined(self.parts, np.int32), list(self.places))


def _joined(parts: list[np.ndarray], dtype: type[np.generic]) -> np.ndarray:
    """One array of the parts, which are let go of on the way."""
    whole = np.empty(sum(map(len, parts)), dtype)
    end = len(whole)
    while parts:
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def numbers_of(texts: pl.Series, what: str) -> pl.Series:
    """The column as float64. Raises ClientError naming the first cell that is no number."""
    numbers = texts.str.strip_chars().cast(pl.Float64, strict=False)
    wrong = ~numbers.is_finite().fill_null(False)
    if wrong.any():
        bad = texts.filter(wrong)[0]
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


def _from_table(dataset: Dataset, wanted: dict[str, str]) -> Iterator[pl.DataFrame]:
    plan = ReadPlan()  # Left as it is, so that every cell is read as the text it is.
    for frame in dataset.frames(plan):
        yield pl.DataFrame({name: _column(frame, attribute) for name, attribute in wanted.items()})


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


def _from_captures(dataset: Dataset, wanted: dict[str, str], truth_attribute: str | None) -> Iterator[pl.DataFrame]:
    rows: dict[str, list[str | None]] = {name: [] for name in (*wanted, "truth")}
    schema = dict.fromkeys(rows, pl.String)
    for where, _, record in dataset.records():
        truths = _truths(record, where, truth_attribute)
        for name, attribute in wanted.items():
            rows[name].extend(_answers(record, attribute, len(truths)))
        rows["truth"].extend(truths)
        if len(rows["truth"]) >= FRAME_ROWS:
            yield pl.DataFrame(rows, schema=schema)
            rows = {name: [] for name in rows}
    yield pl.DataFrame(rows, schema=schema)


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
    tail = plain_path(attribute).split(".")[1:]
    if tail and (tail[0].isdigit() or tail[0] == "*"):
        tail = tail[1:]
    if ".".join(tail) in row:
        return row[".".join(tail)]
    if len(row) == 1 and not payload.named:
        return next(iter(row.values()))
    raise ClientError(
        f"The attribute {attribute} is not in the captured data of event {event_id(record)}: {list(row)}."
    )
