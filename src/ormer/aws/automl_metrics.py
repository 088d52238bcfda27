"""What AutoML jobs are judged by: AWS's metrics of each problem, and what algorithms call them.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-metrics-validation.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

JsonDict = dict[str, Any]
REGRESSION, BINARY, MULTICLASS = "Regression", "BinaryClassification", "MulticlassClassification"
OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    REGRESSION: ("MSE", "MAE", "R2", "RMSE"),
    BINARY: ("F1", "Accuracy", "AUC", "BalancedAccuracy", "Precision", "Recall"),
    MULTICLASS: ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
}
"""The metrics a job of each problem may have as its objective; the first one is what it has unless it says."""

MINIMIZED = frozenset({"MSE", "MAE", "RMSE", "LogLoss"})
# Only as a further metric: no job can have it as its objective.
EXTENDED = frozenset({"LogLoss"})
XGBOOST, LINEAR, OWN = "xgboost", "linear-learner", "automl"
_XGBOOST: Mapping[str, Mapping[str, str]] = {
    REGRESSION: {"MSE": "mse", "MAE": "mae", "R2": "r2", "RMSE": "rmse"},
    BINARY: {
        "F1": "f1_binary",
        "Accuracy": "accuracy",
        "AUC": "auc",
        "BalancedAccuracy": "balanced_accuracy",
        "Precision": "precision",
        "Recall": "recall",
        "LogLoss": "logloss",
    },
    MULTICLASS: {
        "Accuracy": "accuracy",
        "BalancedAccuracy": "balanced_accuracy",
        "F1macro": "f1_macro",
        "PrecisionMacro": "precision_macro",
        "RecallMacro": "recall_macro",
        "LogLoss": "mlogloss",
    },
}
# The linear learner prints no balanced accuracy of two classes.
_LINEAR: Mapping[str, Mapping[str, str]] = {
    REGRESSION: {"MSE": "mse", "MAE": "absolute_loss", "R2": "r2", "RMSE": "rmse"},
    BINARY: {
        "F1": "binary_f_beta",
        "Accuracy": "binary_classification_accuracy",
        "AUC": "roc_auc_score",
        "Precision": "precision",
        "Recall": "recall",
    },
    MULTICLASS: {
        "Accuracy": "multiclass_accuracy",
        "BalancedAccuracy": "macro_recall",
        "F1macro": "macro_f_beta",
        "PrecisionMacro": "macro_precision",
        "RecallMacro": "macro_recall",
    },
}


def direction(metric: str) -> str:
    """Minimize or Maximize."""
    return "Minimize" if metric in MINIMIZED else "Maximize"


def names_of(algorithm: str, problem: str) -> Mapping[str, str]:
    """{AWS's metric: what the algorithm calls it behind `validation:`}, as far as it prints it."""
    if algorithm == XGBOOST:
        return _XGBOOST[problem]
    if algorithm == LINEAR:
        return _LINEAR[problem]
    return {name: name for name in (*OBJECTIVES[problem], *(EXTENDED if problem != REGRESSION else ()))}


def described(algorithm: str, problem: str, told: Iterable[JsonDict]) -> list[JsonDict]:
    """CandidateMetrics of a training job's FinalMetricDataList."""
    values = {one["MetricName"]: one["Value"] for one in told}
    found = []
    for metric, name in names_of(algorithm, problem).items():
        value = values.get(f"validation:{name}")
        if value is not None:
            plain = {} if metric in EXTENDED else {"MetricName": metric}
            found.append({**plain, "StandardMetricName": metric, "Value": value, "Set": "Validation"})
    return found
