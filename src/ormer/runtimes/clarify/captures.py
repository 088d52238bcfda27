"""Reads captured inference records, merged with ground truth or not, as a table of features, label and prediction.

Record format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from .errors import ClientError
from .queries import search
from .tables import HEADERS_MISMATCH, column, read_json_documents, typed

NO_DATA = "Job inputs had no data: no record was captured within the window."
LISTS = ("instances", "features", "predictions")


@dataclass(frozen=True)
class Reading:
    """Which records count, and where in them things are: an index of CSV cells, or a query into JSON; "" for none.

    start, end: the window [start, end); without both all records count.
    """

    features: str = ""
    inference: str = ""
    probability: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @staticmethod
    def of(environ: Mapping[str, str]) -> Reading:
        """What a monitor's job is told. Raises ClientError for a time that is none."""
        start, end = environ.get("start_time"), environ.get("end_time")
        return Reading(
            environ.get("features_attribute", ""),
            environ.get("inference_attribute", ""),
            environ.get("probability_attribute", ""),
            _moment(start) if start and end else None,
            _moment(end) if start and end else None,
        )

    def holds(self, document: dict[str, Any]) -> bool:
        """Whether a record was captured within the window; one that tells no time is."""
        text = (document.get("eventMetadata") or {}).get("inferenceTime")
        if self.start is None or self.end is None or not text:
            return True
        return self.start <= _moment(str(text)) < self.end


def read_captures(
    files: list[Path], config: dict[str, Any], reading: Reading | None = None
) -> tuple[pl.DataFrame, str | None, str | None]:
    """Return (rows, name of the label column or None, name of the prediction column or None).

    One row for each record of each captured request. `headers` of the configuration name the features, with or
    without the label among them. The ground truth is the label; the captured output is the prediction.
    """
    how = reading or Reading()
    documents = [one for one in read_json_documents(files, lines=True) if not isinstance(one, dict) or how.holds(one)]
    if not documents:
        raise ClientError(NO_DATA)
    events = [_event(document, how) for document in documents]
    features = [row for event in events for row in event["features"]]
    labels = [value for event in events for value in event["labels"]]
    predictions = [value for event in events for value in event["predictions"]]
    label_name, prediction_name = _role_names(config)
    names = _feature_names(config, len(features[0]), label_name, prediction_name)
    if any(len(row) != len(names) for row in features):
        raise ClientError(f"{HEADERS_MISMATCH} The captured requests do not all have {len(names)} features.")
    columns = [_column(name, [row[index] for row in features]) for index, name in enumerate(names)]
    has_labels, has_predictions = len(labels) == len(features), len(predictions) == len(features)
    if has_labels:
        columns.append(_column(label_name, labels))
    if has_predictions:
        columns.append(_column(prediction_name, predictions))
    return pl.DataFrame(columns), label_name if has_labels else None, prediction_name if has_predictions else None


def _event(document: dict[str, Any], how: Reading) -> dict[str, list[Any]]:
    try:
        capture = document["captureData"]
        request, answer = capture.get("endpointInput"), capture.get("endpointOutput")
        transformed = capture.get("batchTransformOutput") if request is None else None
        features = _rows(request, how.features) if request is not None else []
    except (KeyError, TypeError, AttributeError):
        raise ClientError("Data must contain features. A captured record has no captureData.endpointInput.") from None
    wanted = how.inference or how.probability
    if transformed is not None:
        features, predictions = _joined_row(transformed, wanted)
    else:
        predictions = _cells_of(answer, wanted) if answer is not None else []
    if not features:
        raise ClientError("Data must contain features. A captured record has no captureData.endpointInput.")
    truth = document.get("groundTruthData")
    labels = [row[0] for row in _rows(truth)] if truth else []
    return {"features": features, "predictions": predictions, "labels": labels}


def _joined_row(side: dict[str, Any], wanted: str) -> tuple[list[list[Any]], list[Any]]:
    """A transform's output that was joined with its input: the row without the prediction, and the prediction.

    The prediction is at the index that is wanted; without one it is the last cell, where a join puts it.
    """
    rows = _rows(side)
    index = int(wanted) if wanted.isdigit() else -1
    return [[cell for at, cell in enumerate(row) if at != index % len(row)] for row in rows], [
        row[index] for row in rows
    ]


def _cells_of(side: dict[str, Any], wanted: str) -> list[Any]:
    """What an attribute points at in every row of an answer: without one the first cell."""
    if not wanted or wanted.isdigit():
        return [row[int(wanted or 0)] for row in _rows(side)]
    text = _text(side)[0]
    try:
        values = json.loads(text)
    except ValueError:
        raise ClientError(
            f"{wanted!r} is a query into JSON, but what was captured is not JSON: {text[:80]!r}"
        ) from None
    found = search(wanted, values)
    if found is None:
        records = next((values[name] for name in LISTS if isinstance(values, dict) and name in values), values)
        found = [search(wanted, one) for one in (records if isinstance(records, list) else [records])]
    return found if isinstance(found, list) else [found]


def _rows(side: dict[str, Any], query: str = "") -> list[list[Any]]:
    """Return the rows of one side of a capture; the cells of CSV are texts. query: where in JSON the rows are."""
    text, encoding = _text(side)
    if encoding == "CSV":
        return [row for row in csv.reader(io.StringIO(text)) if row]
    values = json.loads(text)
    if query:
        found = search(query, values)
        if found is None:
            raise ClientError(f"Data must contain features. {query!r} finds none in a captured record.")
        rows = found if isinstance(found, list) and found and isinstance(found[0], list) else [found]
        return [_cells(row) for row in rows]
    for name in LISTS:
        found = search(name, values) if isinstance(values, dict) else None
        values = found if found is not None else values
    values = values if isinstance(values, list) and values and isinstance(values[0], list | dict) else [values]
    return [_cells(value) for value in values]


def _text(side: dict[str, Any]) -> tuple[str, str]:
    """What was captured as (text, CSV or JSON)."""
    encoding, data = side.get("encoding", "CSV"), side["data"]
    if encoding != "BASE64":
        return str(data), encoding
    kind = str(side.get("observedContentType") or "")
    return base64.b64decode(data).decode("utf-8"), "JSON" if "json" in kind.lower() else "CSV"


def _cells(value: Any) -> list[Any]:
    if isinstance(value, dict):
        inner = value.get("features", list(value.values()))
        return inner if isinstance(inner, list) else [inner]
    return value if isinstance(value, list) else [value]


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ClientError(f"{text!r} is not a time such as 2026-03-01T12:00:00Z.") from None


def _column(name: str, values: list[Any]) -> pl.Series:
    if all(isinstance(value, str) for value in values):
        return typed(pl.Series(name, values, dtype=pl.String))
    return column(name, values)


def _role_names(config: dict[str, Any]) -> tuple[str, str]:
    """Return the names of the label and the prediction; an index or a path is looked up in the headers."""
    headers = config.get("headers", [])
    label, prediction = config.get("label", "label"), config.get("predicted_label", "predicted_label")
    if isinstance(label, int):
        label = headers[label] if label < len(headers) else "label"
    if isinstance(prediction, int):
        prediction = "predicted_label"
    return label, prediction


def _feature_names(config: dict[str, Any], width: int, label: str, prediction: str) -> list[str]:
    headers = config.get("headers")
    if headers is None:
        return [f"column_{index}" for index in range(width)]
    names = [name for name in headers if name not in (label, prediction)]
    if len(names) != width:
        raise ClientError(f"{HEADERS_MISMATCH} Feature headers: {len(names)}, features: {width}.")
    return names
