"""Reads captured inference records, merged with ground truth or not, as a table of features, label and answers.

Record format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from . import answers
from .errors import ClientError
from .monitoring import Window
from .payloads import CSV
from .sides import ANSWERS, REQUESTS, TRUTHS, Side, side_of
from .tables import HEADERS_MISMATCH, column, read_json_documents, typed

NO_DATA = "Job inputs had no data: no record was captured within the window."

Picked = tuple["list[Any] | None", "list[Any] | None"]


@dataclass(frozen=True)
class Captured:
    """rows: features, and the label when ground truth was merged. answers: the model's (labels, probabilities), one
    for each row, None for what the configuration does not locate; None as a whole when no answer was captured."""

    rows: pl.DataFrame
    label: str | None
    answers: Picked | None


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
    names, label_name, label_place = _named(config, len(features[0]))
    if any(len(row) != len(names) for row in features):
        raise ClientError(f"{HEADERS_MISMATCH} The captured requests do not all have {len(names)} features.")
    columns = [_column(name, [row[index] for row in features]) for index, name in enumerate(names)]
    has_labels = len(labels) == len(features)
    if has_labels:
        columns.insert(label_place, _column(label_name, labels))
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
    request, answer = side_of(sides, REQUESTS), side_of(sides, ANSWERS)
    truth = side_of(document, TRUTHS) if sides else None
    truths = [row[0] for row in truth.rows(None)] if truth else []
    if request is not None:
        rows = request.rows(config.get("features"))
        return rows, truths, None if answer is None else _picked(answer, selectors, len(rows))
    if answer is None:
        raise ClientError("Data must contain features. A captured record has neither a request nor an answer.")
    rows, picked = _taken_apart(answer, config, selectors)
    return rows, truths, picked


def _picked(answer: Side, selectors: tuple[str | int | None, str | int | None], count: int) -> Picked:
    label, probability = selectors
    if label is None and probability is None:
        whole = answer.picked(None, count)
        return (whole, None) if all(_is_word(value) for value in whole) else (None, whole)
    return (
        None if label is None else answer.picked(label, count),
        None if probability is None else answer.picked(probability, count),
    )


def _taken_apart(
    answer: Side, config: dict[str, Any], selectors: tuple[str | int | None, str | int | None]
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


def _named(config: dict[str, Any], width: int) -> tuple[list[str], str, int]:
    """Return (names of the features, name of the label, the label's place among the columns).

    The baseline's data set has the label among its columns, and facets may be counted in them; so the ground truth goes
    where the configuration has the label: at its index, or where its name is in the headers; else behind the features.
    Where the baseline's data set was JSON the label is a query, and headers name the features first and then the label.
    """
    headers, label = config.get("headers"), config.get("label", "label")
    if headers is None:
        if isinstance(label, int) and label <= width:
            names = [f"column_{index}" for index in range(width + 1)]
            return names[:label] + names[label + 1 :], names[label], label
        return [f"column_{index}" for index in range(width)], str(label), width
    if isinstance(label, int):
        name = str(headers[label]) if width < len(headers) and label < len(headers) else "label"
    else:
        name = str(label)
    roles = (name, config.get("predicted_label"))
    if not isinstance(label, int) and name not in headers and 1 <= len(headers) - width <= len(roles):
        return list(headers[:width]), str(headers[width]), width
    names = headers if len(headers) == width else [one for one in headers if one not in roles]
    if len(names) != width:
        raise ClientError(f"{HEADERS_MISMATCH} Feature headers: {len(names)}, features: {width}.")
    return list(names), name, headers.index(name) if name in headers else width


def _event_id(document: Any) -> str:
    metadata = document.get("eventMetadata") if isinstance(document, dict) else None
    found = metadata if isinstance(metadata, dict) else {}
    return str(found.get("inferenceId") or found.get("eventId") or "no id")
