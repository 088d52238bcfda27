"""Turns the model's answers into predicted labels that can be compared with the dataset's label column.

Rules: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html (predictor).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from .answers import scores
from .errors import ClientError
from .models import Model

DEFAULT_PROBABILITY_THRESHOLD = 0.5


def predicted_labels(model: Model, rows: pl.DataFrame, label: pl.Series, config: dict[str, Any]) -> pl.Series:
    """Return one predicted label for each row, in the type of the label column.

    A list of scores gives the label of the highest one; a single score above the probability threshold gives 1 (or
    the positive label); anything else is the label itself.
    """
    labels, probabilities = model.labels_and_scores(rows)
    return as_labels(labels, probabilities, label, config)


def as_labels(
    labels: list[Any] | None, probabilities: list[Any] | None, label: pl.Series, config: dict[str, Any]
) -> pl.Series:
    """Return the predicted labels that the answers mean; see `predicted_labels`."""
    headers = config.get("predictor", {}).get("label_headers")
    threshold = config.get("probability_threshold")
    if probabilities is not None and isinstance(probabilities[0], list) and len(probabilities[0]) > 1:
        return _in_type_of(label, _highest(labels, probabilities, headers))
    if labels is not None and (probabilities is not None or threshold is None) and not _looks_like_score(labels, label):
        return _in_type_of(label, labels)
    values = scores(labels if probabilities is None else probabilities)[:, 0]
    if threshold is None and not _looks_like_score(values.tolist(), label):
        return _in_type_of(label, values.tolist())
    above = values > (DEFAULT_PROBABILITY_THRESHOLD if threshold is None else threshold)
    return _two_valued(label, above, headers, config)


def _highest(labels: list[Any] | None, probabilities: list[Any], headers: list[Any] | None) -> list[Any]:
    best = scores(probabilities).argmax(axis=1).tolist()
    if labels is not None and isinstance(labels[0], list):
        return [names[index] for names, index in zip(labels, best, strict=True)]
    if labels is not None:
        return labels
    if headers is None:
        return best
    if len(headers) != len(probabilities[0]):
        raise ClientError(
            f"predictor.label_headers names {len(headers)} labels, but the model gives {len(probabilities[0])} scores."
        )
    return [headers[index] for index in best]


def _looks_like_score(values: list[Any], label: pl.Series) -> bool:
    """Tell whether the answers are probabilities of a two-valued label rather than labels or regression values."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return False
    if numbers.size and (numbers.min() < 0 or numbers.max() > 1):
        return False
    known = set(label.drop_nulls().unique().to_list())
    if label.dtype == pl.String:
        return len(known) <= 2 and not {str(value) for value in values} <= known
    return known <= {0, 1} and not set(numbers.tolist()) <= {0.0, 1.0}


def _two_valued(label: pl.Series, above: np.ndarray, headers: list[Any] | None, config: dict[str, Any]) -> pl.Series:
    if label.dtype != pl.String:
        return _in_type_of(label, above.astype(int).tolist())
    positive = str(headers[0] if headers and len(headers) == 1 else config["label_values_or_threshold"][0])
    others = [value for value in label.drop_nulls().unique().sort().to_list() if value != positive]
    negative = others[0] if others else "0"
    return pl.Series(label.name, [positive if is_above else negative for is_above in above], dtype=pl.String)


def _in_type_of(label: pl.Series, values: list[Any]) -> pl.Series:
    """Return the values as a column of the label's type; whole numbers written as 1.0 are whole."""
    name = "predicted_label"
    if label.dtype == pl.String:
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ClientError(
            f"Could not convert string to float. The model's labels do not have the type of {label.name}: {error}"
        ) from error
    if label.dtype == pl.Boolean:
        return pl.Series(name, numbers > DEFAULT_PROBABILITY_THRESHOLD)
    if label.dtype.is_integer() and np.all(numbers == np.floor(numbers)):
        return pl.Series(name, numbers.astype(np.int64))
    return pl.Series(name, numbers)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def dataset_predictions(predicted: pl.Series, label: pl.Series, config: dict[str, Any]) -> pl.Series:
    """Return the dataset's own predicted label column, as scores above the threshold where one is configured."""
    threshold = config.get("probability_threshold")
    values = predicted.to_list()
    if threshold is None or predicted.dtype == pl.String:
        return _in_type_of(label, values) if predicted.dtype != label.dtype else predicted
    return _two_valued(label, np.asarray(values, dtype=float) > threshold, None, config)
