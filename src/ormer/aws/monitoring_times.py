"""When a monitoring schedule runs, and which window of data a run looks at.

A schedule runs by a cron in UTC, such as `cron(0 * ? * * *)`, by a rate, or once, `NOW`.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ormer.aws.schedules import Schedule

NOW = "NOW"
HOUR_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
# A schedule without a ScheduleConfig runs every day; AWS picks the time, here it is midnight.
DAILY = "cron(0 0 ? * * *)"
OFFSET = re.compile(
    r"-?P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
UNIT_SECONDS = {"weeks": 7 * DAY_SECONDS, "days": DAY_SECONDS, "hours": HOUR_SECONDS, "minutes": 60.0, "seconds": 1.0}
A_MOMENT = 1e-3
# Among so many runs every distance occurs that crons of minutes and hours have.
RUNS_COMPARED = 200
EXAMPLES = (
    "Times are in UTC: cron(0 * ? * * *) is every hour, cron(0 6 ? * * *) every day at six, cron(0 6/4 ? * * *) every "
    "four hours from six on, NOW once."
)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
ANALYSIS_SECONDS_MAX = DAY_SECONDS


@dataclass(frozen=True)
class Times:
    """The times of a schedule (none for NOW). Seconds since the epoch everywhere.

    Differs: AWS runs on whole hours only. Here every cron and rate runs; a rate counts from the epoch, so that
    `rate(1 hour)` is every whole hour.
    """

    text: str
    is_once: bool = False

    @staticmethod
    def parse(text: str) -> Times:
        """Read a ScheduleExpression. Raises ValueError with a text for people."""
        written = text.strip()
        if written == NOW:
            return Times(NOW, is_once=True)
        try:
            if not written.startswith(("cron(", "rate(")):
                raise ValueError("It is neither cron(…) nor rate(…) nor NOW.")
            _calendar(written)
        except ValueError as error:
            raise ValueError(f"Schedule expression {text} is not supported. {error} {EXAMPLES}") from None
        return Times(written)

    @property
    def period(self) -> float:
        """The shortest time between two runs; an hour for NOW, a day for a schedule with fewer than two."""
        return HOUR_SECONDS if self.is_once else _shortest(self.text)

    def holds(self, moment: float) -> bool:
        """Whether the schedule runs at this very moment."""
        return not self.is_once and self.next_after(moment - A_MOMENT) == moment

    def next_after(self, moment: float) -> float | None:
        """The first run strictly after a moment; None when there is none any more."""
        assert not self.is_once, "NOW has no next time"
        return _calendar(self.text)(moment)

    def last_before(self, moment: float) -> float:
        """The last run strictly before a moment; a day earlier when there was none."""
        assert not self.is_once, "NOW has no time before"
        following, back = _calendar(self.text), 60.0
        while back < 2 * moment:
            found = following(max(moment - back, -A_MOMENT))
            if found is not None and found < moment:
                while (later := following(found)) is not None and later < moment:
                    found = later
                return found
            back *= 2
        return moment - DAY_SECONDS


@lru_cache(maxsize=256)
def _calendar(text: str) -> Callable[[float], float | None]:
    """What tells the first run after a moment. Raises ValueError."""
    schedule = Schedule.parse(_with_question_mark(text))
    if text.startswith("cron("):
        return schedule.next_after
    step = schedule.next_after(0.0) or DAY_SECONDS
    return lambda moment: (moment // step + 1) * step


def _with_question_mark(text: str) -> str:
    """A cron that leaves both kinds of days open, as monitoring schedules may: one of them becomes `?`."""
    fields = text.removeprefix("cron(").removesuffix(")").split()
    if text.startswith("cron(") and len(fields) == 6 and fields[2] == fields[4] == "*":
        return f"cron({' '.join([*fields[:4], '?', fields[5]])})"
    return text


@lru_cache(maxsize=256)
def _shortest(text: str) -> float:
    following, runs = _calendar(text), list[float]()
    while len(runs) < RUNS_COMPARED and (found := following(runs[-1] if runs else 0.0)) is not None:
        runs.append(found)
    return min((later - sooner for sooner, later in pairwise(runs)), default=DAY_SECONDS)


def times_of(config: Mapping[str, Any]) -> Times:
    """The times of a MonitoringScheduleConfig. Raises ValueError."""
    return Times.parse(config.get("ScheduleConfig", {}).get("ScheduleExpression", DAILY))


def offset_seconds(text: str) -> float:
    """How many seconds back an offset such as `-PT6H` or `-P1D` leads. Raises ValueError."""
    found = OFFSET.fullmatch(text.strip())
    amounts = {unit: amount for unit, amount in found.groupdict().items() if amount} if found else {}
    if not amounts:
        raise ValueError(f"{text!r} is not an offset: write an ISO 8601 duration such as -PT1H or -P1D.")
    return sum(int(amount) * UNIT_SECONDS[unit] for unit, amount in amounts.items())


def window(config: Mapping[str, Any], offsets: Mapping[str, Any], scheduled: float) -> tuple[float, float]:
    """The window [start, end) of data that the run of this time looks at.

    offsets: the StartTimeOffset and EndTimeOffset of the monitor's input. DataAnalysisStartTime and
    DataAnalysisEndTime count back from the run's time, else the offsets do. Without any it is what came since the run
    before; for a run off the schedule's times it is the last period.
    """
    given = config.get("ScheduleConfig", {})
    start = given.get("DataAnalysisStartTime") or offsets.get("StartTimeOffset")
    end = given.get("DataAnalysisEndTime") or offsets.get("EndTimeOffset")
    if start:
        first = scheduled - offset_seconds(start)
    else:
        times = times_of(config)
        first = times.last_before(scheduled) if times.holds(scheduled) else scheduled - times.period
    return first, scheduled - offset_seconds(end) if end else scheduled


def check(config: Mapping[str, Any]) -> Times:
    """The times of a MonitoringScheduleConfig whose window is in order. Raises ValueError with a text for people."""
    times = times_of(config)
    given = config.get("ScheduleConfig", {})
    start, end = given.get("DataAnalysisStartTime"), given.get("DataAnalysisEndTime")
    if times.is_once and not (start and end):
        raise ValueError(
            "DataAnalysisStartTime and DataAnalysisEndTime are required when ScheduleExpression is NOW, such as -PT1H "
            "and -PT0H for the last hour."
        )
    if not start and not end:
        return times
    length = (offset_seconds(start) if start else times.period) - (offset_seconds(end) if end else 0.0)
    if length <= 0:
        raise ValueError("DataAnalysisStartTime must precede DataAnalysisEndTime.")
    if length > ANALYSIS_SECONDS_MAX:
        raise ValueError("DataAnalysisStartTime must not precede DataAnalysisEndTime by more than 24 hours.")
    return times
