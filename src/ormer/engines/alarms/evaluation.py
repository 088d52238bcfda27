"""One look at a metric alarm: reads its datapoints and says what its state should be, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormer.engines.alarms import reasons
from ormer.engines.alarms.reasons import Evaluated
from ormer.engines.alarms.rules import Rule
from ormer.engines.alarms.verdicts import Verdict, enough_samples, judge
from ormer.stores import metric_queries, metrics
from ormer.stores.database import Tx
from ormer.stores.metric_queries import Answers
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """state: None keeps what it is. alive: whether time alone may change the state, so that it must be looked at
    again; without data only a new point can.
    """

    state: str | None
    reason: str
    data: JsonDict
    alive: bool


def look(tx: Tx, row: Row, rule: Rule, now: float) -> Finding:
    """Evaluate an alarm at `now` (seconds)."""
    end = _end(tx, row, rule, now)
    start = end - rule.range_seconds
    found = metric_queries.answer(tx, rule.queries, row.account, row.region, start, end, origin=end)
    watched = found.values[rule.watched]
    series = watched if isinstance(watched, dict) else {}
    times = [start + place * rule.period for place in range(rule.range_seconds // rule.period)]
    values = [series.get(at) for at in times]
    verdict = judge(values, rule.breaching, periods=rule.periods, to_alarm=rule.to_alarm, missing=rule.missing)
    points = [_evaluated(times[place], rule, found) for place in verdict.used]
    return Finding(
        state=_state(rule, verdict, points),
        reason=_reason(rule, verdict, points),
        data=reasons.data(
            points,
            now=now,
            start=start,
            period=rule.period,
            statistic=rule.statistic,
            threshold=rule.threshold,
        ),
        alive=bool(series) or _has_points(tx, row, rule, start),
    )


def _end(tx: Tx, row: Row, rule: Rule, now: float) -> float:
    """Where the evaluation range ends: with the newest full period, or with the one under way when that breaches
    already and cannot cease to."""
    end = rule.end(now)
    if not rule.grows:
        return end
    ahead = end + rule.step
    series = metrics.series_of(row.account, row.region, rule.queries.stats[rule.watched])
    rows = metrics.points(tx, series, ahead - rule.period, ahead)
    if not rows or (rule.statistic == "Sum" and min(point["minimum"] for point in rows) < 0):
        return end
    return ahead if rule.breaching(metrics.statistic(rows, series.statistic)) else end


def _evaluated(at: float, rule: Rule, found: Answers) -> Evaluated:
    values = found.values[rule.watched]
    assert isinstance(values, dict)
    counts = found.counts.get(rule.watched)
    return Evaluated(at, values[at], None if counts is None else counts[at], rule.breaching(values[at]))


def _state(rule: Rule, verdict: Verdict, points: list[Evaluated]) -> str | None:
    percentile = rule.statistic if rule.statistic and rule.statistic.startswith("p") else None
    if percentile and rule.ignores_few_samples:
        counts = [point.count or 0 for point in points]
        return verdict.state if enough_samples(percentile, counts) else None
    return verdict.state


def _reason(rule: Rule, verdict: Verdict, points: list[Evaluated]) -> str:
    if verdict.state is None:
        return ""
    return reasons.sentence(
        verdict.state,
        points,
        verdict.filled,
        comparison=rule.comparison,
        threshold=rule.threshold,
        periods=rule.periods,
        to_alarm=rule.to_alarm,
        missing=rule.missing,
    )


def _has_points(tx: Tx, row: Row, rule: Rule, start: float) -> bool:
    """Whether any series has a point since `start`, be it one of the future."""
    asked = metric_queries.series(rule.queries, row.account, row.region)
    return any(metrics.any_since(tx, one, start) for one in asked)
