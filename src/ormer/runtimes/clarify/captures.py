"""Reads captured inference records, merged with ground truth or not, as a table of features, label and prediction.

Record format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from .errors import ClientError
from .queries import search
from .tables import HEADERS_MISMATCH, column, read_json_documents, typed


def read_captures(files: list[Path], config: dict[str, Any]) -> tuple[pl.DataFrame, str | None, str | None]:
    """Return (rows, name of the label column or None, name of the prediction column or None).

    One row for each record of each captured request. `headers` of the configuration name the features, with or
    without the label among them. The ground truth is the label; the captured output is the prediction.
    """
    events = [_event(document) for document in read_json_documents(files, lines=True)]
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


def _event(document: dict[str, Any]) -> dict[str, list[Any]]:
    try:
        capture = document["captureData"]
        features = _rows(capture["endpointInput"])
    except (KeyError, TypeError):
        raise ClientError("Data must contain features. A captured record has no captureData.endpointInput.") from None
    predictions = [row[0] for row in _rows(capture["endpointOutput"])] if "endpointOutput" in capture else []
    truth = document.get("groundTruthData")
    labels = [row[0] for row in _rows(truth)] if truth else []
    return {"features": features, "predictions": predictions, "labels": labels}


def _rows(side: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of one side of a capture; the cells of CSV are texts."""
    encoding, data = side.get("encoding", "CSV"), side["data"]
    if encoding == "BASE64":
        data, encoding = base64.b64decode(data).decode("utf-8"), "CSV"
    if encoding == "CSV":
        return [row for row in csv.reader(io.StringIO(data)) if row]
    values = json.loads(data)
    for name in ("instances", "features", "predictions"):
        found = search(name, values) if isinstance(values, dict) else None
        values = found if found is not None else values
    values = values if isinstance(values, list) and values and isinstance(values[0], list | dict) else [values]
    return [_cells(value) for value in values]


def _cells(value: Any) -> list[Any]:
    if isinstance(value, dict):
        inner = value.get("features", list(value.values()))
        return inner if isinstance(inner, list) else [inner]
    return value if isinstance(value, list) else [value]


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
