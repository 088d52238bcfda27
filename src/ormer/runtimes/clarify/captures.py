"""Reads captured inference records, merged with ground truth or not, as a table of features, label and answers.

Record format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from . import answers
from .errors import ClientError
from .monitoring import Window
from .payloads import CSV, JSON, JSON_LINES
from .queries import search
from .tables import HEADERS_MISMATCH, column, read_json_documents, typed

REQUESTS = ("endpointInput", "batchTransformInput")
ANSWERS = ("endpointOutput", "batchTransformOutput")
NO_DATA = "Job inputs had no data: no record was captured within the window."
# The list of records of a JSON document that no query points into.
RECORD_LISTS = ("instances", "features", "predictions")

Picked = tuple["list[Any] | None", "list[Any] | None"]


@dataclass(frozen=True)
class Captured:
    """rows: features, and the label when ground truth was merged. answers: the model's (labels, probabilities), one
    for each row, None for what the configuration does not locate; None as a whole when no answer was captured."""

    rows: pl.DataFrame
    label: str | None
    answers: Picked | None


@dataclass(frozen=True)
class _Side:
    """One side of a capture: its text and content type."""

    text: str
    kind: str

    def rows(self, query: str | None) -> list[list[Any]]:
        """The records that it holds; the cells of CSV are texts. `query` points to the features of JSON."""
        if self.kind == CSV:
            return [row for row in csv.reader(io.StringIO(self.text)) if row]
        if self.kind == JSON_LINES:
            lines = [json.loads(line) for line in self.text.splitlines() if line.strip()]
            return [row for line in lines for row in _records(line, query)]
        return _records(json.loads(self.text), query)

    def picked(self, selector: str | int | None, count: int) -> list[Any]:
        """What the selector finds for each of `count` records; see `answers.pick`."""
        body = self.text.encode()
        return answers.pick(answers.parse(body, self.kind, self.kind, count), selector, count)


def read_captures(files: list[Path], config: dict[str, Any], window: Window) -> Captured:
    """Return one row for each record of each request that was captured within the window.

    `headers` of the configuration name the features, with or without the label among them. The ground truth is the
    label. A batch transform whose input was joined to its output holds the features in the answer; they are what is
    left of it without the prediction, which comes last when nothing says where it is.
    """
    selectors = _selectors(config)
    features: list[list[Any]] = []
    labels: list[Any] = []
    parts: list[Picked] = []
    for number, document in enumerate(read_json_documents(files, lines=True), 1):
        if not window.holds(document):
            continue
        try:
            rows, truth, picked = _event(document, config, selectors)
        except (json.JSONDecodeError, binascii.Error, UnicodeDecodeError, answers.CountMismatch) as error:
            raise ClientError(f"Captured record {number} ({_event_id(document)}) cannot be read: {error}") from error
        features += rows
        labels += truth
        parts += [picked] if picked is not None else []
    if not features:
        raise ClientError(NO_DATA)
    label_name = _label_name(config)
    names = _feature_names(config, len(features[0]), label_name)
    if any(len(row) != len(names) for row in features):
        raise ClientError(f"{HEADERS_MISMATCH} The captured requests do not all have {len(names)} features.")
    columns = [_column(name, [row[index] for row in features]) for index, name in enumerate(names)]
    has_labels = len(labels) == len(features)
    if has_labels:
        columns.append(_column(label_name, labels))
    joined = (_joined([part[0] for part in parts]), _joined([part[1] for part in parts])) if parts else None
    complete = joined is not None and all(part is None or len(part) == len(features) for part in joined)
    return Captured(pl.DataFrame(columns), label_name if has_labels else None, joined if complete else None)


def _selectors(config: dict[str, Any]) -> tuple[str | int | None, str | int | None]:
    """Return where an answer's (label, probability) are: as `predictor` says, else as `predicted_label` does."""
    predictor = config.get("predictor", {})
    label, probability = predictor.get("label"), predictor.get("probability")
    if label is None and probability is None and config.get("predicted_label") not in config.get("headers", []):
        label = config.get("predicted_label")
    return label, probability


def _event(
    document: Any, config: dict[str, Any], selectors: tuple[str | int | None, str | int | None]
) -> tuple[list[list[Any]], list[Any], Picked | None]:
    """Return (rows of features, ground truths, answers) of one captured request."""
    capture = document.get("captureData") if isinstance(document, dict) else None
    sides = capture if isinstance(capture, dict) else {}
    request, answer = _side(sides, REQUESTS), _side(sides, ANSWERS)
    truth = _side(document, ("groundTruthData",)) if sides else None
    truths = [row[0] for row in truth.rows(None)] if truth else []
    if request is not None:
        rows = request.rows(config.get("features"))
        return rows, truths, None if answer is None else _picked(answer, selectors, len(rows))
    if answer is None:
        raise ClientError("Data must contain features. A captured record has neither a request nor an answer.")
    rows, picked = _taken_apart(answer, config, selectors)
    return rows, truths, picked


def _picked(answer: _Side, selectors: tuple[str | int | None, str | int | None], count: int) -> Picked:
    label, probability = selectors
    if label is None and probability is None:
        whole = answer.picked(None, count)
        return (whole, None) if all(_is_word(value) for value in whole) else (None, whole)
    return (
        None if label is None else answer.picked(label, count),
        None if probability is None else answer.picked(probability, count),
    )


def _taken_apart(
    answer: _Side, config: dict[str, Any], selectors: tuple[str | int | None, str | int | None]
) -> tuple[list[list[Any]], Picked]:
    """Return (features, answers) of an answer that holds the request's cells as well."""
    query = config.get("features") if answer.kind != CSV else None
    rows = answer.rows(query)
    if query:
        return rows, _picked(answer, selectors, len(rows))
    width = len(rows[0]) if rows else 0
    names = config.get("headers", []) if answer.kind == CSV else _members(answer.text)
    placed = [_place(selector, names) for selector in selectors]
    if placed == [None, None]:
        placed = [None, width - 1]
    if any(place is not None and not 0 <= place < width for place in placed):
        furthest = max(place for place in placed if place is not None)
        raise ClientError(
            f"{HEADERS_MISMATCH} A captured answer has {width} columns; the prediction is looked for at {furthest}."
        )
    picked = tuple(None if place is None else [row[place] for row in rows] for place in placed)
    left = [[cell for at, cell in enumerate(row) if at not in placed] for row in rows]
    return left, (picked[0], picked[1])


def _place(selector: str | int | None, names: list[str]) -> int | None:
    if selector is None or answers.is_index(selector):
        return None if selector is None else int(selector)
    if selector not in names:
        raise ClientError(f"Nothing is found at {selector!r} in a captured answer, which has {', '.join(names)}.")
    return names.index(str(selector))


def _members(text: str) -> list[str]:
    document = json.loads(text)
    return list(document) if isinstance(document, dict) else []


def _side(parts: dict[str, Any], names: tuple[str, ...]) -> _Side | None:
    part = next((parts[name] for name in names if isinstance(parts.get(name), dict)), None)
    if part is None:
        return None
    encoding, data = str(part.get("encoding", "CSV")).upper(), part.get("data", "")
    declared = str(part.get("observedContentType") or "").partition(";")[0].strip().lower()
    if encoding == "BASE64":
        data = base64.b64decode(data, validate=True).decode()
        kind = declared if declared in (CSV, JSON, JSON_LINES) else CSV
    else:
        kind = (declared if declared in (JSON, JSON_LINES) else JSON) if encoding == "JSON" else CSV
    text = data if isinstance(data, str) else json.dumps(data)
    return _Side(text, JSON_LINES if kind == JSON and _is_lines(text) else kind)


def _is_lines(text: str) -> bool:
    """Whether what is called JSON is one document a line."""
    if "\n" not in text.strip():
        return False
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return True
    return False


def _records(document: Any, query: str | None) -> list[list[Any]]:
    """Return the rows of features in a JSON document: where the query points, else in its list of records."""
    found = search(query, document) if query else None
    values = document if found is None else found
    for name in RECORD_LISTS if found is None else ():
        if isinstance(values, dict) and values.get(name) is not None:
            values = values[name]
    many = isinstance(values, list) and bool(values) and isinstance(values[0], (list, dict))
    return [_cells(value) for value in (values if many else [values])]


def _cells(value: Any) -> list[Any]:
    if isinstance(value, dict):
        inner = value.get("features", list(value.values()))
        return inner if isinstance(inner, list) else [inner]
    return value if isinstance(value, list) else [value]


def _is_word(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def _joined(parts: list[list[Any] | None]) -> list[Any] | None:
    return None if parts[0] is None else [value for part in parts for value in part or []]


def _column(name: str, values: list[Any]) -> pl.Series:
    if all(isinstance(value, str) for value in values):
        return typed(pl.Series(name, values, dtype=pl.String))
    return column(name, values)


def _label_name(config: dict[str, Any]) -> str:
    """Return the name of the label; an index is looked up in the headers, and a path into a record has no name."""
    headers, label = config.get("headers", []), config.get("label", "label")
    if isinstance(label, int):
        return str(headers[label]) if label < len(headers) else "label"
    return str(label)


def _feature_names(config: dict[str, Any], width: int, label: str) -> list[str]:
    headers = config.get("headers")
    if headers is None:
        return [f"column_{index}" for index in range(width)]
    roles = (label, config.get("predicted_label"))
    names = headers if len(headers) == width else [name for name in headers if name not in roles]
    if len(names) != width:
        raise ClientError(f"{HEADERS_MISMATCH} Feature headers: {len(names)}, features: {width}.")
    return list(names)


def _event_id(document: Any) -> str:
    metadata = document.get("eventMetadata") if isinstance(document, dict) else None
    found = metadata if isinstance(metadata, dict) else {}
    return str(found.get("inferenceId") or found.get("eventId") or "no id")
