"""Request bodies to matrices, and answers to bodies, in the formats of this family.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

from __future__ import annotations

import json
from typing import Any, Sequence

import numpy as np

from ..serving.encodings import CSV, JSON
from ..toolkit.recordio import MAGIC, join_records, write_predictions
from .channels import csv_matrix, record_matrix

JSONLINES, RECORDIO = "application/jsonlines", "application/x-recordio-protobuf"
CONTENT_TYPES = (CSV, JSON, JSONLINES, RECORDIO)
FRAME = MAGIC.to_bytes(4, "little")

Answers = list[dict[str, Any]]
"""One dict a row: names of this algorithm's answers to a number, or a list of them."""


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


def write_answers(answers: Answers, accept: str, member: str = "predictions") -> bytes:
    """Returns the answers as JSON (a list under `member`), JSON lines, CSV or RecordIO-protobuf."""
    if accept == JSON:
        return json.dumps({member: answers}).encode()
    if accept == JSONLINES:
        return "".join(json.dumps(answer) + "\n" for answer in answers).encode()
    if accept == CSV:
        return "".join(",".join(str(cell) for cell in _cells(answer)) + "\n" for answer in answers).encode()
    return write_predictions([{name: _listed(answer[name]) for name in answer} for answer in answers])


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


def _cells(answer: dict[str, Any]) -> list[float]:
    return [cell for value in answer.values() for cell in _listed(value)]


def _listed(value: Any) -> Sequence[float]:
    return value if isinstance(value, list) else [value]
