"""How well classes were told apart: the binary and the multiclass metric sets, and the binary curves.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

from dataclasses import dataclass

import numpy as np

from .choices import CURVE_POINTS_MAX

BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


@dataclass(frozen=True)
class Curves:
    """Rates at falling score thresholds; `auc` is the area under the first pair."""

    false_positive_rates: np.ndarray
    true_positive_rates: np.ndarray
    recalls: np.ndarray
    precisions: np.ndarray
    auc: float


def confusion(truth: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Counts, classes × classes: row = actual class, column = predicted. The arrays hold class indexes."""
    return np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)


def binary_metrics(matrix: np.ndarray) -> dict[str, float]:
    """The metrics of a 2 × 2 confusion matrix whose second class is the positive one."""
    (tn, fp), (fn, tp) = matrix.tolist()
    recall, precision = _ratio(tp, tp + fn), _ratio(tp, tp + fp)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": _ratio(tp + tn, tp + tn + fp + fn),
        "true_positive_rate": recall,
        "true_negative_rate": _ratio(tn, tn + fp),
        "false_positive_rate": _ratio(fp, fp + tn),
        "false_negative_rate": _ratio(fn, fn + tp),
        **{name: _f_score(precision, recall, beta) for name, beta in BETAS.items()},
    }


def multiclass_metrics(matrix: np.ndarray) -> dict[str, float]:
    """Accuracy and the means over classes, weighted by how often each is the truth."""
    actual, predicted, right = matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()
    total = int(matrix.sum())
    recalls = [_ratio(int(hit), int(all_)) for hit, all_ in zip(right, actual, strict=True)]
    precisions = [_ratio(int(hit), int(all_)) for hit, all_ in zip(right, predicted, strict=True)]
    weights = [int(count) / total for count in actual]

    def weighted(values: list[float]) -> float:
        return sum(weight * value for weight, value in zip(weights, values, strict=True))

    scores = {
        f"weighted_{name}": weighted([_f_score(p, r, beta) for p, r in zip(precisions, recalls, strict=True)])
        for name, beta in BETAS.items()
    }
    return {
        "accuracy": int(right.sum()) / total,
        "weighted_recall": weighted(recalls),
        "weighted_precision": weighted(precisions),
        **scores,
    }


def always_highest(matrix: np.ndarray) -> np.ndarray:
    """The confusion matrix of AWS's "best constant classifier", which answers the highest label every time."""
    constant = np.zeros_like(matrix)
    constant[:, -1] = matrix.sum(axis=1)
    return constant


def binary_curves(truth: np.ndarray, scores: np.ndarray) -> Curves | None:
    """Curves over all distinct scores, thinned evenly; None when only one class is present. `truth` holds 0 and 1."""
    positives, negatives = int(truth.sum()), int(len(truth) - truth.sum())
    if not positives or not negatives:
        return None
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last_of_score = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    tp, taken = hits[last_of_score], last_of_score + 1
    true_rates, false_rates = np.append(0, tp / positives), np.append(0, (taken - tp) / negatives)
    precisions = tp / taken
    auc = float(np.trapezoid(true_rates, false_rates))
    recalls, precisions = np.append(0, tp / positives), np.append(precisions[0], precisions)
    kept = _evenly(len(true_rates))
    return Curves(false_rates[kept], true_rates[kept], recalls[kept], precisions[kept], auc)


def _evenly(count: int) -> np.ndarray:
    points = min(count, CURVE_POINTS_MAX)
    return np.unique(np.linspace(0, count - 1, points).round().astype(np.int64))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f_score(precision: float, recall: float, beta: float) -> float:
    return _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)
