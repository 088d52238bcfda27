"""Model quality: metrics of a model's answers, constraints at their present values, and violations of a baseline's.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .choices import (
    METRIC_SPREAD_TEXT,
    METRIC_TEXT,
    METRIC_TOLERANCE,
    PROBABILITY_THRESHOLD,
    SAMPLE_SEED,
    SAMPLE_SHARE,
    SAMPLED_ROWS_MIN,
    SAMPLES,
)
from .classification import (
    always_highest,
    area_under_curve,
    binary_curves,
    binary_metrics,
    confusion,
    multiclass_metrics,
)
from .cloudwatch import quality_metrics, write_metrics
from .documents import NOT_A_NUMBER, java_text, number_or_text, read_document
from .mistakes import ClientError
from .model_answers import Answers, Labels, Numbers, read_answers
from .regression import regression_metrics
from .settings import Settings

Document = dict[str, Any]
Violation = dict[str, str]
Values = dict[str, float]
# Which rows: their places, or a slice of all.
Rows = np.ndarray | slice

KEYS = {
    "Regression": "regression",
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
}
RISING_IS_WORSE = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")
CONSTANT = "_best_constant_classifier"
CONSTANT_METRICS = ("recall", "precision", "accuracy", "f0_5", "f1", "f2")


@dataclass(frozen=True)
class Judged:
    """The metrics of all rows, a way to get them for some rows only, and the members that are not single numbers."""

    rows: int
    values_of: Callable[[Rows], Values]
    shapes: Document


def analyze(settings: Settings) -> tuple[Document, Document, list[Violation] | None]:
    """Statistics, constraints and violations (None without a baseline) of the answers the settings name."""
    if settings.problem_type is None:
        raise ClientError(f"Model quality needs problem_type: one of {', '.join(KEYS)}.")
    answers = read_answers(settings)
    judged = _JUDGES[settings.problem_type](answers, settings)
    values = judged.values_of(slice(None))
    spreads = _spreads(judged)
    metrics = judged.shapes | {
        name: {"value": number_or_text(value), "standard_deviation": number_or_text(spreads.get(name, math.nan))}
        for name, value in values.items()
    }
    key = KEYS[settings.problem_type]
    statistics = {"version": 0.0, "dataset": {"item_count": judged.rows}, f"{key}_metrics": metrics}
    constraints = {"version": 0.0, f"{key}_constraints": _constraints(values)}
    if settings.publish_cloudwatch_metrics:
        write_metrics(settings, quality_metrics(metrics))
    if settings.baseline_constraints is None:
        return statistics, constraints, None
    baseline = read_document(settings.baseline_constraints, "baseline constraints")
    return statistics, constraints, find_violations(metrics, baseline, f"{key}_constraints")


def find_violations(metrics: Document, baseline: Document, key: str) -> list[Violation]:
    """Metrics that are worse than the baseline's thresholds, by more than rounding.

    Raises ClientError for another kind of baseline."""
    if not isinstance(baseline.get(key), dict):
        raise ClientError(f"The baseline constraints have no {key}; they hold {', '.join(baseline)}.")
    violations = []
    for name, constraint in baseline[key].items():
        metric = metrics.get(name, {})
        value, threshold = metric.get("value"), constraint.get("threshold")
        if not isinstance(value, (int, float)) or not isinstance(threshold, (int, float)):
            continue
        operator = constraint.get("comparison_operator")
        if _is_worse(value, threshold, operator):
            text = _text(name, metric, operator, threshold)
            violations.append({"constraint_check_type": operator, "description": text, "metric_name": name})
    return violations


def _is_worse(value: float, threshold: float, operator: str) -> bool:
    if math.isclose(value, threshold, rel_tol=METRIC_TOLERANCE, abs_tol=METRIC_TOLERANCE**2):
        return False
    return value > threshold if operator == "GreaterThanThreshold" else value < threshold


def _text(name: str, metric: Document, operator: str, threshold: float) -> str:
    words = {
        "metric": name,
        "value": java_text(metric["value"]),
        "operator": operator,
        "threshold": java_text(threshold),
    }
    spread = metric.get("standard_deviation", NOT_A_NUMBER)
    if spread == NOT_A_NUMBER:
        return METRIC_TEXT.format(**words)
    return METRIC_SPREAD_TEXT.format(**words, spread=java_text(spread))


def _constraints(values: Values) -> Document:
    return {
        name: {
            "threshold": value,
            "comparison_operator": "GreaterThanThreshold" if name in RISING_IS_WORSE else "LessThanThreshold",
        }
        for name, value in values.items()
        if math.isfinite(value) and not name.endswith(CONSTANT)
    }


def _spreads(judged: Judged) -> Values:
    """Standard deviations over random samples of the rows, the same ones in every run."""
    if judged.rows < SAMPLED_ROWS_MIN:
        return {}
    random = np.random.default_rng(SAMPLE_SEED)
    size = int(judged.rows * SAMPLE_SHARE)
    places = np.arange(judged.rows, dtype=np.int32 if judged.rows < 2**31 else np.int64)
    samples = [judged.values_of(random.permutation(places)[:size]) for _ in range(SAMPLES)]
    return {name: float(np.std([sample[name] for sample in samples], ddof=1)) for name in samples[0]}


def _judge_regression(answers: Answers, settings: Settings) -> Judged:
    if answers.inference is None:
        raise ClientError("Model quality of a regression needs inference_attribute.")
    assert isinstance(answers.truth, Numbers) and isinstance(answers.inference, Numbers), "read as a regression's"
    truth, guesses = answers.truth.values, answers.inference.values
    return Judged(len(truth), lambda rows: regression_metrics(truth[rows], guesses[rows]), {})


def _judge_binary(answers: Answers, settings: Settings) -> Judged:
    scores = None if answers.probability is None else answers.probability.values
    truth, given = answers.truth, answers.inference
    assert isinstance(truth, Labels) and not isinstance(given, Numbers), "read as a classification's"
    labels = _two_labels(truth, given)
    actual = _indexes(truth, labels)
    if given is not None:
        predicted = _indexes(given, labels)
    else:
        assert scores is not None, "read_answers requires an inference or a probability"
        threshold = settings.probability_threshold
        predicted = (scores > (PROBABILITY_THRESHOLD if threshold is None else threshold)).astype(np.int8)

    def values_of(rows: Rows) -> Values:
        matrix = confusion(actual[rows], predicted[rows], 2)
        values = binary_metrics(matrix)
        if scores is not None:
            values["auc"] = area_under_curve(actual[rows], scores[rows])
        constant = binary_metrics(always_highest(matrix))
        return values | {name + CONSTANT: constant[name] for name in CONSTANT_METRICS}

    shapes = {"confusion_matrix": _matrix_document(confusion(actual, predicted, 2), labels)}
    return Judged(len(actual), values_of, shapes | _curve_documents(actual, scores))


def _judge_multiclass(answers: Answers, settings: Settings) -> Judged:
    if answers.inference is None:
        raise ClientError("Model quality of a multiclass classification needs inference_attribute.")
    truth, given = answers.truth, answers.inference
    assert isinstance(truth, Labels) and isinstance(given, Labels), "read as a classification's"
    labels = _ordered({*truth.names, *given.names})
    actual, predicted = _indexes(truth, labels), _indexes(given, labels)

    def values_of(rows: Rows) -> Values:
        matrix = confusion(actual[rows], predicted[rows], len(labels))
        constant = multiclass_metrics(always_highest(matrix))
        return multiclass_metrics(matrix) | {name + CONSTANT: value for name, value in constant.items()}

    shapes = {"confusion_matrix": _matrix_document(confusion(actual, predicted, len(labels)), labels)}
    return Judged(len(actual), values_of, shapes)


_JUDGES: dict[str, Callable[[Answers, Settings], Judged]] = {
    "Regression": _judge_regression,
    "BinaryClassification": _judge_binary,
    "MulticlassClassification": _judge_multiclass,
}


def _two_labels(truth: Labels, given: Labels | None) -> list[str]:
    """The negative and the positive label: the higher one is positive."""
    seen = {*truth.names, *(given.names if given is not None else ())}
    if seen <= {"0", "1"}:
        return ["0", "1"]
    if len(seen) != 2:
        raise ClientError(
            f"BinaryClassification needs two labels; the ground truth and the inference hold {_ordered(seen)[:10]}. "
            "A score belongs into probability_attribute."
        )
    return _ordered(seen)


def _ordered(labels: set[str]) -> list[str]:
    try:
        return sorted(labels, key=float)
    except ValueError:
        return sorted(labels)


def _indexes(column: Labels, labels: list[str]) -> np.ndarray:
    """For each row the place of its label in `labels`, in as few bytes as that takes."""
    places = {label: place for place, label in enumerate(labels)}
    dtype = np.int8 if len(labels) <= 2**7 else np.int32
    return np.array([places[name] for name in column.names], dtype)[column.values]


def _matrix_document(matrix: np.ndarray, labels: list[str]) -> Document:
    return {label: dict(zip(labels, row, strict=True)) for label, row in zip(labels, matrix.tolist(), strict=True)}


def _curve_documents(truth: np.ndarray, scores: np.ndarray | None) -> Document:
    curves = None if scores is None else binary_curves(truth, scores)
    if curves is None:
        return {}
    roc = {
        "false_positive_rates": curves.false_positive_rates.tolist(),
        "true_positive_rates": curves.true_positive_rates.tolist(),
    }
    pr = {"precisions": curves.precisions.tolist(), "recalls": curves.recalls.tolist()}
    return {"receiver_operating_characteristic_curve": roc, "precision_recall_curve": pr}
