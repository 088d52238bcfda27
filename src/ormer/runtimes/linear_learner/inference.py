"""Inference: a body to a matrix, a matrix to predictions, predictions to a body.

https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..serving.encodings import ANY, CSV, JSON, acceptable, media_type
from ..serving.http_server import MEGABYTE, Answer, Application, Request, payload_bytes_max
from ..toolkit.recordio import MAGIC, join_records, write_predictions
from ..toolkit.variables import cpu_count
from .data import csv_matrix, record_matrix
from .model_files import Model, load_model

JSONLINES, RECORDIO = "application/jsonlines", "application/x-recordio-protobuf"
CONTENT_TYPES = (CSV, JSON, JSONLINES, RECORDIO)
ACCEPTS = (JSON, JSONLINES, RECORDIO)
LABEL, PROBABILITY, PROBABILITIES = "predicted_label", "probability", "probabilities"
MEGABYTES_NAMED_MAX = 100
FRAME = MAGIC.to_bytes(4, "little")


class LinearApplication(Application):
    """The model of a folder behind the server."""

    def __init__(self, model_dir: Path, environ: Mapping[str, str]) -> None:
        self._model_dir = model_dir
        self._environ = environ
        self._model: Any = None

    def load(self) -> None:
        self._model = load_model(self._model_dir)

    def execution_parameters(self) -> dict[str, Any]:
        megabytes = min(payload_bytes_max(self._environ) // MEGABYTE, MEGABYTES_NAMED_MAX)
        return {"MaxConcurrentTransforms": cpu_count(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": megabytes}

    def invoke(self, request: Request) -> Answer:
        content_type = media_type(request.content_type) or CSV
        if content_type not in CONTENT_TYPES:
            return _refusal(415, f"Content type {content_type} is not supported; use {', '.join(CONTENT_TYPES)}.")
        accept = self._accept(request.accept)
        if accept is None:
            return _refusal(406, f"Accept type {request.accept} is not supported; use {', '.join(ACCEPTS)}.")
        try:
            features = read_features(request.body, content_type, self._model.feature_dim)
        except ValueError as error:
            return _refusal(400, f"unable to evaluate payload provided: {error}")
        predictions = predictions_of(self._model, features)
        if accept == CSV:
            selection = self._environ.get("SAGEMAKER_INFERENCE_OUTPUT", "")
            return Answer(200, select(predictions, selection, bool(self._environ.get("SAGEMAKER_BATCH"))), CSV)
        return Answer(200, encode(predictions, accept), accept)

    def _accept(self, header: str) -> str | None:
        """The first acceptable type; unsaid, JSON, or in a batch transform, whose rows stand alone, JSON lines.

        CSV, in which a row has no names, is for who said what its cells are to be: an AutoML candidate's container.
        """
        asked = [media_type(each) for each in acceptable(header)]
        usual = self._environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT")
        if not asked or ANY in asked:
            return usual or (JSONLINES if self._environ.get("SAGEMAKER_BATCH") else JSON)
        known = (*ACCEPTS, CSV) if usual == CSV or "SAGEMAKER_INFERENCE_OUTPUT" in self._environ else ACCEPTS
        return next((each for each in asked if each in known), None)


def read_features(body: bytes, content_type: str, width: int) -> Any:
    """Returns the body's features, rows × width. Raises ValueError for a body that is malformed or of another width."""
    if content_type == RECORDIO:
        # A batch transform of single records sends them without their frames.
        features = record_matrix(body if body.startswith(FRAME) else join_records([body]))[0]
    elif content_type == CSV:
        features = csv_matrix(body.decode("utf-8"))
    else:
        features = np.vstack([_row(instance, width) for instance in _instances(body, content_type)])
    if features.shape[1] != width:
        raise ValueError(f"the rows have {features.shape[1]} features, and the model takes {width}")
    return features


def predictions_of(model: Model, features: Any) -> list[dict[str, Any]]:
    """Returns {score, predicted_label} of each row; a regressor gives the score alone."""
    scores = model.scores(features)
    labels = model.labels(scores)
    if labels is None:
        return [{"score": score} for score in scores.tolist()]
    return [
        {"score": score, "predicted_label": label}
        for score, label in zip(scores.tolist(), labels.tolist(), strict=True)
    ]


def select(predictions: list[dict[str, Any]], selection: str, in_batch: bool) -> bytes:
    """Returns one line of CSV a row: what SAGEMAKER_INFERENCE_OUTPUT selects, else the label, or a regressor's score.

    https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
    """
    keys = [key.strip() for key in selection.split(",") if key.strip()]
    lines = [",".join(_selected(one, key) for key in keys or [LABEL]) for one in predictions]
    return ("\n".join(lines) + ("\n" if in_batch else "")).encode()


def _selected(prediction: dict[str, Any], key: str) -> str:
    score = prediction["score"]
    if key == LABEL:
        return repr(prediction.get(LABEL, score))
    if key == PROBABILITY:
        return repr(max(score) if isinstance(score, list) else score)
    if key == PROBABILITIES:
        return f'"{score if isinstance(score, list) else [1.0 - score, score]}"'
    return "nan"


def encode(predictions: list[dict[str, Any]], accept: str) -> bytes:
    """Returns the predictions as JSON, JSON lines or RecordIO-protobuf."""
    if accept == JSON:
        return json.dumps({"predictions": predictions}).encode()
    if accept == JSONLINES:
        return "".join(json.dumps(prediction) + "\n" for prediction in predictions).encode()
    return write_predictions([{name: _listed(one[name]) for name in one} for one in predictions])


def _instances(body: bytes, content_type: str) -> list[Any]:
    text = body.decode("utf-8")
    if content_type == JSONLINES:
        found: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        whole = json.loads(text)
        found = whole.get("instances") if isinstance(whole, dict) else None
    if not isinstance(found, list) or not found:
        raise ValueError('a JSON body is {"instances": [{"features": [...]}, ...]}, a JSON line {"features": [...]}')
    return found


def _row(instance: Any, width: int) -> Any:
    """The features of one instance: a list, or as in a record {"values": …} with "keys" and "shape" when sparse."""
    if isinstance(instance, dict) and isinstance(instance.get("data"), dict):
        instance = instance["data"]
    features = instance.get("features") if isinstance(instance, dict) else None
    values = features.get("values") if isinstance(features, dict) else features
    if not isinstance(values, list):
        raise ValueError('an instance is {"features": [...]} or {"data": {"features": {"values": [...]}}}')
    numbers = _numbers(values)
    if not isinstance(features, dict) or "keys" not in features:
        return numbers
    keys = _numbers(features["keys"]).astype(int)
    if len(keys) != len(numbers) or (len(keys) and not (keys.min() >= 0 and keys.max() < width)):
        raise ValueError(f"sparse features have one key a value, each from 0 to {width - 1}")
    row = np.zeros(width)
    row[keys] = numbers
    return row


def _numbers(values: Any) -> Any:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except TypeError as error:
        raise ValueError(f"features are numbers: {error}") from error
    if numbers.ndim != 1:
        raise ValueError("the features of an instance are one list of numbers")
    return numbers


def _listed(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]


def _refusal(status: int, text: str) -> Answer:
    print(f"{status}: {text}", file=sys.stderr, flush=True)
    return Answer.text(status, text)
