"""When a monitoring schedule runs, and which window of data a run looks at.

A schedule runs on whole hours, UTC: `cron(0 * ? * * *)`, `cron(0 H ? * * *)`, `cron(0 H/I ? * * *)`, or once, `NOW`.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws.schedules import Schedule

NOW = "NOW"
HOUR_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
# A schedule without a ScheduleConfig runs every day; AWS picks the time, here it is midnight.
DAILY = "cron(0 0 ? * * *)"
FORM = re.compile(r"cron\(0\s+(?:(?P<every>\*)|(?P<hour>\d{1,2})(?:/(?P<step>\d{1,2}))?)\s+\?\s+\*\s+\*\s+\*\)")
OFFSET = re.compile(
    r"-?P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
UNIT_SECONDS = {"weeks": 7 * DAY_SECONDS, "days": DAY_SECONDS, "hours": HOUR_SECONDS, "minutes": 60.0, "seconds": 1.0}
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
ANALYSIS_SECONDS_MAX = DAY_SECONDS


@dataclass(frozen=True)
class Times:
    """The times of a schedule: these hours of every day (none for NOW). Seconds since the epoch everywhere."""

    text: str
    hours: tuple[int, ...]

    @staticmethod
    def parse(text: str) -> Times:
        """Read a ScheduleExpression. Raises ValueError with a text for people."""
        if text.strip() == NOW:
            return Times(NOW, ())
        found = FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(_unsupported(text))
        if found["every"]:
            return Times(text, tuple(range(24)))
        hour, step = int(found["hour"]), int(found["step"] or 24)
        if hour > 23 or not 1 <= step <= 24:
            raise ValueError(_unsupported(text))
        return Times(text, tuple(range(hour, 24, step)))

    @property
    def is_once(self) -> bool:
        """Whether it runs when it is asked to and never by itself."""
        return not self.hours

    @property
    def period(self) -> float:
        """The shortest time between two runs; an hour for NOW, which has none."""
        if self.is_once:
            return HOUR_SECONDS
        around = zip(self.hours, (*self.hours[1:], self.hours[0] + 24), strict=True)
        return min(after - before for before, after in around) * HOUR_SECONDS

    def holds(self, moment: float) -> bool:
        """Whether the schedule runs at this very moment."""
        return moment % HOUR_SECONDS == 0 and int(moment // HOUR_SECONDS) % 24 in self.hours

    def next_after(self, moment: float) -> float:
        """The first run strictly after a moment."""
        assert not self.is_once, "NOW has no next time"
        following = Schedule.parse(f"cron(0 {','.join(map(str, self.hours))} ? * * *)").next_after(moment)
        assert following is not None, "the calendar ends in 2199"
        return following

    def last_before(self, moment: float) -> float:
        """The last run strictly before a moment."""
        assert not self.is_once, "NOW has no time before"
        hour = (moment - 1e-3) // HOUR_SECONDS
        while int(hour) % 24 not in self.hours:
            hour -= 1
        return hour * HOUR_SECONDS


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


def _unsupported(text: str) -> str:
    return (
        f"Schedule expression {text} is not supported. Monitoring schedules run on whole hours, UTC: use "
        "cron(0 * ? * * *) for every hour, cron(0 [00-23] ? * * *) for once a day, "
        "cron(0 [00-23]/[01-24] ? * * *) for every so many hours from an hour on, or NOW."
    )
