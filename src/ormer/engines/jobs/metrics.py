"""Metric definitions, matched against a job's lines as they come.

https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html

A user's regular expression runs under a time-out, and one that exceeds it is not asked again for the rest of the batch:
it may be slow, but it does not stop the logs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex
import sqlalchemy as sa

from ormer.stores import metrics
from ormer.stores.database import Tx
from ormer.stores.tables import metric_points

NAMESPACE, DIMENSION = metrics.TRAINING_JOBS, metrics.TRAINING_JOB
MATCH_SECONDS_MAX = 0.05
LINE_CHARACTERS_MAX = 4096
TAB = "#011"
DEFINITIONS_MAX = 40

_XGBOOST_METRICS = (
    "accuracy aucpr auc balanced_accuracy cox-nloglik error f1 f1_binary f1_macro gamma-deviance gamma-nloglik "
    "interval-regression-accuracy logloss mae map mape merror mlogloss mphe mse aft-nloglik ndcg poisson-nloglik "
    "precision precision_macro precision_micro r2 recall recall_macro recall_micro rmse rmsle tweedie-nloglik"
)
_WATCHED = ("train", "validation")
_LINEAR_METRICS = {
    "absolute_loss": "absolute_loss",
    "binary_classification_accuracy": "binary_classification_accuracy",
    "binary_f_beta": r"binary_f_\S+",
    "dcg": "dcg",
    "macro_f_beta": r"macro_f_\S+",
    "macro_precision": "macro_precision",
    "macro_recall": "macro_recall",
    "mse": "mse",
    "multiclass_accuracy": "multiclass_accuracy",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
    "precision": "precision",
    "r2": "r2",
    "recall": "recall",
    "rmse": "rmse",
    "roc_auc_score": "roc_auc_score",
}
"""https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html; the name in the log of each metric."""

_TESTED = {
    "factorization_machines": {
        "binary_classification_accuracy": "binary_classification_accuracy",
        "binary_classification_cross_entropy": "binary_classification_cross_entropy",
        "binary_f_beta": r"binary_f_\S+",
        "rmse": "rmse",
    },
    "kmeans": {"msd": "msd", "ssd": "ssd"},
    "knn": {"accuracy": "accuracy", "mse": "mse"},
    "lda": {"pwll": "pwll"},
    "random_cut_forest": {"f1": "f1"},
}
"""Of each algorithm the metrics of channel test that it may be tuned by, and their names in the log. AWS has a page of
each: https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-tuning.html"""


@dataclass(frozen=True)
class Point:
    """One value of a metric; `time` in seconds."""

    name: str
    value: float
    time: float


def definitions_of(kind: str) -> tuple[tuple[str, str], ...]:
    """(name, regular expression) of the metrics a built-in algorithm of this kind prints; the lists AWS documents."""
    if kind == "linear_learner":
        return _linear_definitions()
    if kind != "xgboost":
        return tuple((f"test:{name}", _tested_line(said)) for name, said in _TESTED.get(kind, {}).items())
    return tuple(
        (f"{data}:{metric}", rf".*\[[0-9]+\].*#011{data}-{metric}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*")
        for data in ("train", "validation")
        for metric in _XGBOOST_METRICS.split()
    )


def _tested_line(said: str) -> str:
    return rf"#quality_metric: host=\S+, test {said} <(?:loss|score)>=(\S+)"


def _linear_definitions() -> tuple[tuple[str, str], ...]:
    line = r"#quality_metric: host=\S+, "
    losses = [(f"{data}:objective_loss", rf"{line}epoch=\d+, {data} \S+_objective <loss>=(\S+)") for data in _WATCHED]
    final = [(f"{data}:objective_loss:final", rf"{line}{data} \S+_objective <loss>=(\S+)") for data in _WATCHED]
    tested = [("test:objective_loss", rf"{line}test \S+_objective <loss>=(\S+)")]
    ends = [
        (f"{data}:{name}", rf"{line}{data} {said} <(?:loss|score)>=(\S+)")
        for data in ("validation", "test")
        for name, said in _LINEAR_METRICS.items()
    ]
    return (*losses, *final, *tested, *ends)


def visible(line: str) -> str:
    """A line as CloudWatch shows it: the log agent writes a tab as `#011`."""
    return line.replace("\t", TAB)


class Matcher:
    """The metric definitions of one job, compiled; one that does not compile matches nothing."""

    def __init__(self, definitions: Iterable[tuple[str, str]]) -> None:
        self._patterns = [(name, pattern) for name, text in definitions if (pattern := _compiled(text)) is not None]

    def points(self, lines: Sequence[tuple[int, str]]) -> list[Point]:
        """The values in (milliseconds, raw line) lines, in order."""
        found = []
        for name, pattern in self._patterns:
            for at, line in lines:
                try:
                    value = _value(pattern, line[:LINE_CHARACTERS_MAX])
                except TimeoutError:
                    break
                if value is not None:
                    found.append(Point(name, value, at / 1000))
        return sorted(found, key=lambda point: point.time)


def record(tx: Tx, account: str, region: str, job: str, points: Iterable[Point]) -> None:
    """Put the points into CloudWatch, where SageMaker puts a training job's."""
    for point in points:
        metrics.put(
            tx, account, region, NAMESPACE, point.name, point.value, point.time, [{"Name": DIMENSION, "Value": job}]
        )


def final(tx: Tx, account: str, region: str, job: str) -> list[dict[str, object]]:
    """The last value of every metric of a job: DescribeTrainingJob's FinalMetricDataList."""
    c = metric_points.c
    rows = tx.all(
        sa.select(c.name, c.sum, c.time)
        .where(
            c.account == account,
            c.region == region,
            c.namespace == NAMESPACE,
            c.dimensions == metrics.dimensions_key([{"Name": DIMENSION, "Value": job}]),
        )
        .order_by(c.time, c.id)
    )
    last = {row["name"]: {"MetricName": row["name"], "Value": row["sum"], "Timestamp": row["time"]} for row in rows}
    return [last[name] for name in sorted(last)][:DEFINITIONS_MAX]


def _value(pattern: regex.Pattern[str], line: str) -> float | None:
    """The number a pattern captures in the line as CloudWatch shows it, else in the line as it was printed."""
    shown = visible(line)
    for text in (shown,) if TAB in pattern.pattern or shown == line else (shown, line):
        match = pattern.search(text, timeout=MATCH_SECONDS_MAX)
        if match is None or not match.groups() or match.group(1) is None:
            continue
        try:
            value = float(match.group(1).strip().rstrip(",;"))
        except ValueError:
            continue
        return value if math.isfinite(value) else None
    return None


@lru_cache(maxsize=512)
def _compiled(text: str) -> regex.Pattern[str] | None:
    try:
        return regex.compile(text)
    except regex.error:
        return None
