"""How well classes were told apart: the binary and the multiclass metric sets, and the binary curves.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

import math
from dataclasses import dataclass

import numpy as np

from .choices import CURVE_POINTS_MAX, READ_VALUES

BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


@dataclass(frozen=True)
class Curves:
    """Rates at falling score thresholds."""

    false_positive_rates: np.ndarray
    true_positive_rates: np.ndarray
    recalls: np.ndarray
    precisions: np.ndarray


def confusion(truth: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Counts, classes × classes: row = actual class, column = predicted. The arrays hold class indexes."""
    counts = np.zeros(classes * classes, np.int64)
    for start in range(0, len(truth), READ_VALUES):
        part = slice(start, start + READ_VALUES)
        counts += np.bincount(truth[part].astype(np.int64) * classes + answers[part], minlength=classes * classes)
    return counts.reshape(classes, classes)


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


def area_under_curve(truth: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve: the chance that a positive scores above a negative, where a tie counts half.

    NaN when only one class is present. `truth` holds 0 and 1."""
    hits, misses = _sorted_sides(truth, scores)
    if not len(hits) or not len(misses):
        return math.nan
    won = 0
    for start in range(0, len(hits), READ_VALUES):
        part = hits[start : start + READ_VALUES]
        won += int(np.searchsorted(misses, part, side="left").sum())
        won += int(np.searchsorted(misses, part, side="right").sum())
    return won / 2 / len(hits) / len(misses)


def binary_curves(truth: np.ndarray, scores: np.ndarray) -> Curves | None:
    """Curves over all distinct scores, thinned evenly; None when only one class is present. `truth` holds 0 and 1."""
    hits, misses = _sorted_sides(truth, scores)
    if not len(hits) or not len(misses):
        return None
    thresholds = _falling(np.sort(scores))
    tp = len(hits) - np.searchsorted(hits, thresholds, side="left")
    fp = len(misses) - np.searchsorted(misses, thresholds, side="left")
    # The first point of both curves lies above every score.
    true_rates, false_rates = np.append(0, tp / len(hits)), np.append(0, fp / len(misses))
    precisions = tp / (tp + fp)
    return Curves(false_rates, true_rates, true_rates, np.append(precisions[0], precisions))


def _sorted_sides(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The scores of the positives and those of the negatives, rising."""
    is_positive = truth.astype(bool)
    hits, misses = scores[is_positive], scores[~is_positive]
    hits.sort()
    misses.sort()
    return hits, misses


def _falling(rising: np.ndarray) -> np.ndarray:
    """The different values, falling; evenly taken when a curve, which has one point more, would have too many."""
    is_first = np.ones(len(rising), bool)
    np.not_equal(rising[1:], rising[:-1], out=is_first[1:])
    count = int(np.count_nonzero(is_first))
    kept = _evenly(count + 1)
    return rising[np.flatnonzero(is_first)[count - kept[kept > 0]]]


def _evenly(count: int) -> np.ndarray:
    points = min(count, CURVE_POINTS_MAX)
    return np.unique(np.linspace(0, count - 1, points).round().astype(np.int64))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f_score(precision: float, recall: float, beta: float) -> float:
    return _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)
