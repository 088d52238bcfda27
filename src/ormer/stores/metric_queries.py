"""Metric data queries: metrics by their Ids and the expressions over them, as GetMetricData and alarms ask them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ormer.aws import metric_math
from ormer.aws.metric_functions import MathError, Value
from ormer.aws.metric_functions import Series as Values
from ormer.aws.metric_math import Grid, Node
from ormer.stores import metrics
from ormer.stores.database import Tx
from ormer.stores.metrics import Series

JsonDict = dict[str, Any]
DEFAULT_PERIOD_SECONDS = 60


@dataclass(frozen=True)
class Queries:
    """Checked queries of one request. stats: MetricStats by Id. trees: parsed expressions by Id. order: Ids so that
    every expression comes behind what it names. period: of the finest metric, in seconds.
    """

    stats: Mapping[str, JsonDict]
    trees: Mapping[str, Node]
    order: tuple[str, ...]
    period: int


@dataclass(frozen=True)
class Answers:
    """values: by Id. counts: samples behind each value of a metric, by Id. faults: why an expression has no value."""

    values: dict[str, Value]
    counts: dict[str, Values]
    faults: dict[str, str]


def check(queries: Sequence[JsonDict]) -> Queries:
    """Read MetricDataQueries. Raises MathError with a text for people."""
    stats: dict[str, JsonDict] = {}
    trees: dict[str, Node] = {}
    for query in queries:
        id_ = query["Id"]
        if id_ in stats or id_ in trees:
            raise MathError(f"The Id {id_} stands twice; give every query an Id of its own.")
        if ("MetricStat" in query) == ("Expression" in query):
            raise MathError(f"The query {id_} must have either a MetricStat or an Expression.")
        if "MetricStat" in query:
            stats[id_] = _checked_stat(id_, query["MetricStat"])
        else:
            trees[id_] = metric_math.parse(query["Expression"])
    periods = [int(stat["Period"]) for stat in stats.values()]
    periods = periods or [int(query.get("Period", DEFAULT_PERIOD_SECONDS)) for query in queries]
    return Queries(stats, trees, tuple(_ordered(stats, trees)), min(periods))


def series(queries: Queries, account: str, region: str) -> list[Series]:
    """The series that the queries read."""
    return [metrics.series_of(account, region, stat) for stat in queries.stats.values()]


def answer(
    tx: Tx, queries: Queries, account: str, region: str, start: float, end: float, origin: float = 0.0
) -> Answers:
    """Every query's value between `start` and `end` (seconds); periods start at `origin` plus whole periods."""
    found = Answers({}, {}, {})
    for id_, stat in queries.stats.items():
        points = metrics.read(tx, metrics.series_of(account, region, stat), start, end, origin)
        found.values[id_] = {point.time: point.value for point in points}
        found.counts[id_] = {point.time: point.count for point in points}
    known: dict[str, Values] = {id_: value for id_, value in found.values.items() if isinstance(value, dict)}
    grid = Grid(tuple(_times(start, end, queries.period, origin)), queries.period)
    for id_ in queries.order:
        if id_ in queries.stats:
            continue
        try:
            found.values[id_] = metric_math.evaluate(queries.trees[id_], found.values, known, grid)
        except MathError as error:
            found.faults[id_] = str(error)
            found.values[id_] = {}
    return found


def _checked_stat(id_: str, stat: JsonDict) -> JsonDict:
    if not metrics.is_statistic(stat["Stat"]):
        raise MathError(
            f"The statistic {stat['Stat']} of {id_} is not understood here; use {', '.join(metrics.STATISTICS)} or pNN."
        )
    for member in ("Namespace", "MetricName"):
        if member not in stat["Metric"]:
            raise MathError(f"The metric of {id_} must have a {member}.")
    return stat


def _ordered(stats: Iterable[str], trees: Mapping[str, Node]) -> list[str]:
    """Ids so that each comes behind those it names."""
    placed = list(stats)
    left = dict(trees)
    while left:
        ready = [id_ for id_, tree in left.items() if set(metric_math.ids_of(tree)) <= set(placed)]
        if not ready:
            unknown = sorted(
                {one for tree in left.values() for one in metric_math.ids_of(tree)} - set(placed) - set(left)
            )
            raise MathError(
                f"The expression names {', '.join(unknown)}, which no query has as its Id."
                if unknown
                else f"The expressions {', '.join(sorted(left))} name each other in a circle."
            )
        placed += ready
        left = {id_: tree for id_, tree in left.items() if id_ not in ready}
    return placed


def _times(start: float, end: float, period: int, origin: float) -> list[float]:
    first = math.floor((start - origin) / period)
    last = math.ceil((end - origin) / period)
    return [place * period + origin for place in range(first, last)]
