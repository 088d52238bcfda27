"""How good predictions are, by AWS's names of the metrics.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-metrics-validation.html
"""

from __future__ import annotations

import math
from typing import Any, Dict, Optional

import numpy as np
from sklearn import metrics

from .schemas import BINARY, REGRESSION


def qualities(problem: str, truth: Any, answers: Any, weights: Optional[Any] = None) -> Dict[str, float]:
    """Return {metric: value}. truth: rows, encoded. answers: rows of a regression, or rows × classes probabilities."""
    given = {"sample_weight": weights}
    if problem == REGRESSION:
        squared = metrics.mean_squared_error(truth, answers, **given)
        return {
            "MSE": squared,
            "RMSE": math.sqrt(squared),
            "MAE": metrics.mean_absolute_error(truth, answers, **given),
            "R2": metrics.r2_score(truth, answers, **given) if len(truth) > 1 else 0.0,
        }
    labels = np.arange(answers.shape[1])
    guessed = answers.argmax(axis=1)
    found = {
        "Accuracy": metrics.accuracy_score(truth, guessed, **given),
        "BalancedAccuracy": metrics.recall_score(truth, guessed, average="macro", zero_division=0, **given),
        "LogLoss": metrics.log_loss(truth, answers, labels=labels, **given),
    }
    average = "binary" if problem == BINARY else "macro"
    names = ("F1", "Precision", "Recall") if problem == BINARY else ("F1macro", "PrecisionMacro", "RecallMacro")
    for name, score in zip(names, (metrics.f1_score, metrics.precision_score, metrics.recall_score)):
        found[name] = score(truth, guessed, average=average, zero_division=0, **given)
    if problem == BINARY and len(np.unique(truth)) == 2:
        found["AUC"] = metrics.roc_auc_score(truth, answers[:, 1], **given)
    return {name: float(value) for name, value in found.items()}


def is_better(metric: str, value: float, than: float) -> bool:
    """Whether a metric's value is better than another one."""
    return value < than if metric in ("MSE", "RMSE", "MAE", "LogLoss") else value > than
