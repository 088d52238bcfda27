"""A metric alarm's configuration, read into what the evaluation needs, and the clock by which it is evaluated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ormer.aws.schedules import zone
from ormer.engines.alarms.verdicts import COMPARISONS, EXTRA_PERIODS
from ormer.stores import metric_queries
from ormer.stores.alarms.messages import queries_of
from ormer.stores.metric_queries import Queries

SHORT_STEP_SECONDS = 10
STEP_SECONDS = 60


@dataclass(frozen=True)
class Rule:
    """watched: the Id whose values are compared. statistic: of the watched metric, None for metric math.
    periods, to_alarm: N and M. missing: TreatMissingData. wall_clock: the time zone that periods are aligned to,
    None for a window that slides.
    """

    queries: Queries
    watched: str
    statistic: str | None
    periods: int
    to_alarm: int
    comparison: str
    threshold: float
    missing: str
    ignores_few_samples: bool
    wall_clock: str | None

    @property
    def period(self) -> int:
        return self.queries.period

    @property
    def step(self) -> int:
        """How often it is evaluated, in seconds."""
        if self.wall_clock is not None:
            return self.period
        return STEP_SECONDS if self.period % STEP_SECONDS == 0 else SHORT_STEP_SECONDS

    @property
    def range_seconds(self) -> int:
        """How far back it looks."""
        return (self.periods + EXTRA_PERIODS) * self.period

    @property
    def grows(self) -> bool:
        """Whether a period that breaches before it is over will breach when it is: nothing can take it back."""
        upward = self.comparison.startswith("Greater")
        return self.statistic in (("Sum", "SampleCount", "Maximum") if upward else ("Minimum",))

    def breaching(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)

    def end(self, now: float) -> float:
        """The end of the newest period that is over."""
        offset = 0.0
        if self.wall_clock is not None:
            local = datetime.fromtimestamp(now, UTC).astimezone(zone(self.wall_clock)).utcoffset()
            offset = local.total_seconds() if local is not None else 0.0
        return math.floor((now + offset) / self.step) * self.step - offset


def rule_of(alarm: Mapping[str, Any]) -> Rule:
    """The rule of a stored MetricAlarm. Raises MathError when its expressions are no longer understood."""
    asked = queries_of(alarm)
    watched = next(query for query in asked if query.get("ReturnData", True))
    wall_clock = alarm.get("EvaluationWindow", {}).get("WallClockWindow")
    return Rule(
        queries=metric_queries.check(asked),
        watched=watched["Id"],
        statistic=watched["MetricStat"]["Stat"] if "MetricStat" in watched else None,
        periods=alarm["EvaluationPeriods"],
        to_alarm=alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        comparison=alarm["ComparisonOperator"],
        threshold=float(alarm["Threshold"]),
        missing=alarm.get("TreatMissingData", "missing"),
        ignores_few_samples=alarm.get("EvaluateLowSampleCountPercentile") == "ignore",
        wall_clock=None if wall_clock is None else wall_clock.get("Timezone", "UTC"),
    )
