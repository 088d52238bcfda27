"""The decision threshold of a binary classifier, and the metrics that are told when a training ends.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html
"""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np
from sklearn import metrics

from .hyperparameters import BINARY, MULTICLASS

OBJECTIVES = {
    "logistic": "binary_classification_cross_entropy_objective",
    "hinge_loss": "binary_classification_hinge_objective",
    "softmax_loss": "multiclass_cross_entropy_objective",
    "squared_loss": "mse_objective",
}


def objective_name(loss: str) -> str:
    """Returns what the log calls the loss that is minimised."""
    return OBJECTIVES.get(loss, f"{loss}_objective")


def choose_threshold(scores: Any, labels: Any, values: Mapping[str, Any], usual: float) -> float:
    """Returns the score from which on a row is of class 1, as binary_classifier_model_selection_criteria asks.

    Of equally good ones the threshold nearest to the usual one. A target that cannot be met comes as near as possible.
    """
    criteria = values["binary_classifier_model_selection_criteria"]
    positives, negatives = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    if criteria in ("loss_function", "cross_entropy_loss") or not len(positives) or not len(negatives):
        return usual
    seen = np.unique(scores)
    cuts = np.concatenate([[usual], seen[:1], (seen[1:] + seen[:-1]) / 2])
    hits = len(positives) - np.searchsorted(positives, cuts)
    alarms = len(negatives) - np.searchsorted(negatives, cuts)
    precision = np.divide(hits, hits + alarms, out=np.zeros(len(cuts)), where=hits + alarms > 0)
    recall = hits / len(positives)
    goodness = {
        "accuracy": lambda: hits - alarms,
        "f1": lambda: _f_beta(precision, recall, 1.0),
        "f_beta": lambda: _f_beta(precision, recall, values["f_beta"]),
        "precision_at_target_recall": lambda: _best_where(precision, recall, values["target_recall"]),
        "recall_at_target_precision": lambda: _best_where(recall, precision, values["target_precision"]),
    }[criteria]()
    best = cuts[goodness >= goodness.max()]
    return float(best[np.abs(best - usual).argmin()])


def measure(
    predictor_type: str, scores: Any, labels: Any, threshold: float, values: Mapping[str, Any]
) -> dict[str, tuple[str, float]]:
    """Returns {name: (loss or score, value)} of one channel; scores as the model answers them."""
    if predictor_type == BINARY:
        return _scored(_binary(scores, labels.astype(int), threshold, values["f_beta"]))
    if predictor_type == MULTICLASS:
        return _scored(_multiclass(scores, labels.astype(int), values))
    misses = scores - labels
    mse = float(np.mean(misses**2))
    found = {"mse": ("loss", mse), "rmse": ("loss", mse**0.5), "absolute_loss": ("loss", float(np.abs(misses).mean()))}
    if len(labels) > 1:
        found["r2"] = ("score", float(metrics.r2_score(labels, scores)))
    return found


def _scored(found: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    return {name: ("score", float(value)) for name, value in found.items()}


def _binary(scores: Any, labels: Any, threshold: float, beta: float) -> dict[str, float]:
    classes = (scores >= threshold).astype(int)
    precision, recall, f_beta, _ = metrics.precision_recall_fscore_support(
        labels, classes, beta=beta, average="binary", zero_division=0
    )
    found = {
        "binary_classification_accuracy": np.mean(classes == labels),
        f"binary_f_{beta:.3f}": f_beta,
        "precision": precision,
        "recall": recall,
    }
    if 0 < labels.sum() < len(labels):
        found["roc_auc_score"] = metrics.roc_auc_score(labels, scores)
    return found


def _multiclass(scores: Any, labels: Any, values: Mapping[str, Any]) -> dict[str, float]:
    classes, beta, top = scores.argmax(axis=1), values["f_beta"], values["accuracy_top_k"]
    precision, recall, f_beta, _ = metrics.precision_recall_fscore_support(
        labels, classes, beta=beta, average="macro", zero_division=0
    )
    own = scores[np.arange(len(labels)), labels]
    rank = 1 + (scores > own[:, None]).sum(axis=1)
    return {
        "multiclass_accuracy": np.mean(classes == labels),
        f"multiclass_top_k_accuracy_{top}": np.mean(rank <= top),
        "dcg": np.mean(1 / np.log2(1 + rank)),
        "macro_recall": recall,
        "macro_precision": precision,
        f"macro_f_{beta:.3f}": f_beta,
    }


def _f_beta(precision: Any, recall: Any, beta: float) -> Any:
    below = beta**2 * precision + recall
    return np.divide((1 + beta**2) * precision * recall, below, out=np.zeros(len(below)), where=below > 0)


def _best_where(wanted: Any, bound: Any, target: float) -> Any:
    """The wanted value where the bound meets its target; below that, the nearer the better."""
    return np.where(bound >= target, wanted, bound - target - 1.0)
