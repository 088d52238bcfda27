"""Data capture records, plain or merged with ground truth, as rows of a table.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .mistakes import ClientError
from .payloads import Payload, Row, parse_json, read_payload
from .settings import DatasetFormat


@dataclass(frozen=True)
class Window:
    """The times [start, end) whose records count; without both, all do."""

    start: datetime | None = None
    end: datetime | None = None

    @staticmethod
    def between(start: str | None, end: str | None) -> "Window":
        """The window of two ISO texts. Raises ClientError for one that is no time."""
        return Window(_moment(start, "start_time"), _moment(end, "end_time")) if start and end else Window()

    def holds(self, record: dict[str, Any], where: str) -> bool:
        """Whether a record was captured within the window; one that tells no time is."""
        text = (record.get("eventMetadata") or {}).get("inferenceTime")
        if self.start is None or self.end is None or not text:
            return True
        return self.start <= _moment(str(text), f"The inferenceTime of {where}") < self.end


def _moment(text: str, what: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ClientError(f"{what} is {text!r}, which is not a time such as 2026-03-01T12:00:00Z.") from error


def read_record(line: str | bytes, where: str) -> dict[str, Any]:
    """One line of a capture file. Raises ClientError when it is not a record."""
    try:
        record = parse_json(line)
    except ValueError as error:
        raise ClientError(f"{where} is not a line of JSON: {error}.") from error
    if not isinstance(record, dict) or not isinstance(record.get("captureData"), dict):
        raise ClientError(f"{where} is not a data capture record: it has no captureData.")
    return record


def record_rows(record: dict[str, Any], form: DatasetFormat) -> list[Row]:
    """The rows of one request with its answer: outputs first unless the format says END.

    Named cells (both sides JSON objects) keep their names; otherwise columns are named by place."""
    parts = [captured_part(record, name) for name in ("endpointOutput", "endpointInput") if name in form.captured]
    sides = [side for side in parts if side is not None and side.rows]
    if not sides:
        return []
    if len(sides) == 1:
        return sides[0].rows
    outputs, inputs = sides
    answers = align_answers(outputs, len(inputs.rows), record)
    ordered = [(a, b) if form.outputs_first else (b, a) for a, b in zip(answers, inputs.rows, strict=True)]
    if outputs.named and inputs.named:
        return [first | second for first, second in ordered]
    return [_by_place(first, second) for first, second in ordered]


def align_answers(outputs: Payload, count: int, record: dict[str, Any]) -> list[Row]:
    """One answer row for each of `count` request rows; a single line of `count` cells is one answer per cell."""
    rows = outputs.rows
    if len(rows) == count:
        return rows
    if len(rows) == 1 and len(rows[0]) == count:
        return [{"_c0": cell} for cell in rows[0].values()]
    raise ClientError(f"The captured answer of event {event_id(record)} has {len(rows)} rows for {count} request rows.")


def captured_part(record: dict[str, Any], name: str) -> Payload | None:
    """The parsed body `endpointInput`, `endpointOutput` or `batchTransformOutput`, None where it was not captured."""
    captured = record["captureData"]
    part = captured.get(name)
    if part is None and name == "endpointOutput":
        part = captured.get("batchTransformOutput")
    return read_payload(part, f"{name} of event {event_id(record)}") if isinstance(part, dict) else None


def event_id(record: dict[str, Any]) -> str:
    """The id that errors name a record by."""
    metadata = record.get("eventMetadata") or {}
    return str(metadata.get("inferenceId") or metadata.get("eventId") or "(no id)")


def _by_place(first: Row, second: Row) -> Row:
    cells = [*first.values(), *second.values()]
    return {f"_c{index}": cell for index, cell in enumerate(cells)}
