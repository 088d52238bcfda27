"""Selectable inference: SAGEMAKER_INFERENCE_OUTPUT names what an answer says of each row.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-inference.html
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence

from ..toolkit.recordio import write_predictions

LABEL, LABELS = "predicted_label", "labels"
PROBABILITY, PROBABILITIES = "probability", "probabilities"
RAW_SCORE, RAW_SCORES = "raw_score", "raw_scores"
SCORE = "predicted_score"

REGRESSION_KEYS = (SCORE,)
SCORE_KEYS = (LABEL, LABELS, RAW_SCORE, RAW_SCORES)
PROBABILITY_KEYS = (LABEL, LABELS, PROBABILITY, PROBABILITIES, RAW_SCORE, RAW_SCORES)
KEYS_OF_OBJECTIVE = {
    "reg:linear": REGRESSION_KEYS,
    "reg:squarederror": REGRESSION_KEYS,
    "reg:logistic": REGRESSION_KEYS,
    "reg:gamma": REGRESSION_KEYS,
    "reg:absoluteerror": REGRESSION_KEYS,
    "reg:tweedie": REGRESSION_KEYS,
    "binary:logistic": PROBABILITY_KEYS,
    "binary:logitraw": SCORE_KEYS,
    "binary:hinge": SCORE_KEYS,
    "multi:softmax": SCORE_KEYS,
    "multi:softprob": PROBABILITY_KEYS,
}
NOT_A_NUMBER = float("nan")


def selected_keys(setting: str) -> List[str]:
    """Returns the keys of SAGEMAKER_INFERENCE_OUTPUT in their order."""
    return setting.replace(" ", "").lower().split(",")


def select(predictions: Any, keys: Sequence[str], objective: str, class_count: int) -> List[Dict[str, Any]]:
    """Returns {key: value} of each row; a key that the objective does not have is NaN, as in AWS's container.

    predictions: rows, or rows × classes. Raises ValueError when the objective has no selectable output.
    """
    if objective not in KEYS_OF_OBJECTIVE:
        raise ValueError("Objective `{}` unsupported for selectable inference predictions.".format(objective))
    known = KEYS_OF_OBJECTIVE[objective]
    return [
        {key: _value(key, row, objective, class_count) if key in known else NOT_A_NUMBER for key in keys}
        for row in predictions
    ]


def encode_selected(rows: List[Dict[str, Any]], keys: Sequence[str], accept: str) -> bytes:
    """Returns the rows in the form of an Accept header: JSON, JSON lines, RecordIO-protobuf or CSV lines."""
    if accept == "application/json":
        return json.dumps({"predictions": rows}).encode()
    if accept == "application/jsonlines":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if accept == "application/x-recordio-protobuf":
        listed = [{key: value if isinstance(value, list) else [value] for key, value in row.items()} for row in rows]
        return write_predictions(listed)
    return "\n".join(",".join(_cell(row[key]) for key in keys) for row in rows).encode()


def _cell(value: Any) -> str:
    return '"{}"'.format(value) if isinstance(value, list) else str(value)


def _value(key: str, row: Any, objective: str, class_count: int) -> Any:
    many = objective == "multi:softprob"
    if key == SCORE:
        return row.item()
    if key == LABEL:
        return _label(row, objective)
    if key == LABELS:
        return [0, 1] if objective.startswith("binary:") else list(range(class_count))
    if key in (PROBABILITY, RAW_SCORE):
        return max(row).item() if many else row.item()
    return row.tolist() if many else [1.0 - row.item(), row.item()]


def _label(row: Any, objective: str) -> Optional[float]:
    if objective == "binary:logistic":
        return int(row > 0.5)
    if objective == "binary:logitraw":
        return int(row > 0)
    return row.argmax().item() if objective == "multi:softprob" else row.item()
