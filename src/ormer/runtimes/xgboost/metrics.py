"""The evaluation metrics of the built-in algorithm, and those among them that xgboost itself does not know.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from ..toolkit.failures import UserError

MAXIMIZED_METRICS = (
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "precision_macro",
    "precision_micro",
    "r2",
    "recall",
    "recall_macro",
    "recall_micro",
)
MINIMIZED_METRICS = (
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)
ALL_METRICS = MAXIMIZED_METRICS + MINIMIZED_METRICS

Counts = Tuple[Any, Any, Any]
"""True positives, predictions and labels per class, each an array over the classes."""


def is_maximized(metric: str) -> bool:
    """Returns whether more is better; `map@5` counts as `map`."""
    return metric.split("@")[0] in MAXIMIZED_METRICS


def custom_metrics(names: Any) -> List[str]:
    """Returns those of the names that xgboost does not compute itself."""
    return [name for name in names if name in CLASS_METRICS or name in VALUE_METRICS]


def evaluate(names: List[str], booster: Any, matrix: Any) -> List[Tuple[str, float]]:
    """Returns (name, value) of each custom metric on one matrix. Raises UserError when one does not suit the data."""
    labels = matrix.get_label()
    results = []
    classes = None
    for name in names:
        if name in VALUE_METRICS:
            results.append((name, float(VALUE_METRICS[name](labels, booster.predict(matrix)))))
            continue
        if classes is None:
            classes = predicted_classes(booster.predict(matrix, output_margin=True))
        results.append((name, float(CLASS_METRICS[name](labels.astype(int), classes))))
    return results


def predicted_classes(margins: Any) -> Any:
    """Returns the class of each row from untransformed scores: rows, or rows × classes."""
    if margins.ndim > 1:
        return margins.argmax(axis=-1)
    return (margins > 0.0).astype(int)


def _accuracy(labels: Any, classes: Any) -> Any:
    return np.mean(labels == classes)


def _balanced_accuracy(labels: Any, classes: Any) -> Any:
    hits, _, actual = _counts(labels, classes)
    seen = actual > 0
    return np.mean(hits[seen] / actual[seen])


def _precision(counts: Counts) -> Any:
    return _ratio(counts[0], counts[1])


def _recall(counts: Counts) -> Any:
    return _ratio(counts[0], counts[2])


def _f1(counts: Counts) -> Any:
    return _ratio(2 * counts[0], counts[1] + counts[2])


def _binary(score: Callable[[Counts], Any]) -> Callable[[Any, Any], Any]:
    """The score of class 1."""

    def compute(labels: Any, classes: Any) -> Any:
        if np.union1d(labels, classes).max(initial=0) > 1:
            raise UserError(
                "Target is multiclass but average='binary'. Please choose another average setting, "
                "for example the _macro or _micro form of the metric."
            )
        hits, predicted, actual = _counts(labels, classes, [1])
        return score((hits, predicted, actual))[0]

    return compute


def _macro(score: Callable[[Counts], Any]) -> Callable[[Any, Any], Any]:
    """The mean of the score over all classes that occur."""

    def compute(labels: Any, classes: Any) -> Any:
        return np.mean(score(_counts(labels, classes)))

    return compute


def _counts(labels: Any, classes: Any, among: Any = None) -> Counts:
    among = np.union1d(labels, classes) if among is None else among
    hits = np.array([np.sum((labels == k) & (classes == k)) for k in among], dtype=float)
    predicted = np.array([np.sum(classes == k) for k in among], dtype=float)
    actual = np.array([np.sum(labels == k) for k in among], dtype=float)
    return hits, predicted, actual


def _ratio(above: Any, below: Any) -> Any:
    """Returns above / below, and 0 where nothing stands below."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _mse(labels: Any, values: Any) -> Any:
    return np.mean((labels.astype(float) - values) ** 2)


def _r2(labels: Any, values: Any) -> Any:
    labels = labels.astype(float)
    spread = np.sum((labels - labels.mean()) ** 2)
    missed = np.sum((labels - values) ** 2)
    if spread == 0.0:
        return 1.0 if missed == 0.0 else 0.0
    return 1.0 - missed / spread


CLASS_METRICS: Dict[str, Callable[[Any, Any], Any]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _macro(_f1),
    "f1_binary": _binary(_f1),
    "f1_macro": _macro(_f1),
    "precision": _binary(_precision),
    "precision_macro": _macro(_precision),
    "precision_micro": _accuracy,
    "recall": _binary(_recall),
    "recall_macro": _macro(_recall),
    "recall_micro": _accuracy,
}
VALUE_METRICS: Dict[str, Callable[[Any, Any], Any]] = {"mse": _mse, "r2": _r2}
