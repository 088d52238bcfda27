"""What an alarm's metric says now: the newest datapoints of what the alarm watches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ormer.aws.metric_functions import MathError
from ormer.stores import metric_queries
from ormer.stores.alarms.messages import queries_of
from ormer.stores.database import Tx
from ormer.stores.resources import Row


@dataclass(frozen=True)
class Readings:
    """full: the values of periods that are over, oldest first. partial: that of the period under way, if it has any."""

    full: Sequence[float]
    partial: float | None

    @property
    def newest(self) -> list[float]:
        """What is known of now: the last full period and the one under way."""
        return [*self.full[-1:], *([self.partial] if self.partial is not None else [])]


def recent(tx: Tx, alarm: Row, now: float, since: float) -> Readings:
    """The alarm's newest periods: as many as it evaluates, and the one under way.

    Periods that began before `since` (seconds) are left out: they tell of an older capacity.
    """
    asked = queries_of(alarm.document)
    if not asked:
        return Readings((), None)
    try:
        queries = metric_queries.check(asked)
    except MathError:
        return Readings((), None)
    watched = next(query["Id"] for query in asked if query.get("ReturnData", True))
    end = math.floor(now / queries.period) * queries.period
    start = end - alarm.document["EvaluationPeriods"] * queries.period
    found = metric_queries.answer(tx, queries, alarm.account, alarm.region, start, end + queries.period)
    series = found.values[watched]
    if not isinstance(series, dict):
        return Readings((), None)
    fresh = {at: value for at, value in series.items() if at >= since}
    return Readings([fresh[at] for at in sorted(fresh) if at < end], fresh.get(end))
