"""Schedule expressions of AWS's: cron(…), rate(…) and at(…).

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

RATE = re.compile(r"^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$")
AT = re.compile(r"^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$")
CRON = re.compile(r"^cron\((.+)\)$")
UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
YEAR_FIRST, YEAR_LAST = 1970, 2199


@dataclass(frozen=True)
class Schedule:
    """One parsed expression."""

    text: str

    @staticmethod
    def parse(text: str) -> Schedule:
        """Raises ValueError that says what is wrong."""
        rate = RATE.match(text)
        if rate is not None:
            if int(rate[1]) < 1 or (rate[1] == "1") == rate[2].endswith("s"):
                raise ValueError(f"{text}: 1 takes a singular unit, other numbers a plural one")
            return Schedule(text)
        at = AT.match(text)
        if at is not None:
            datetime.fromisoformat(at[1])
            return Schedule(text)
        cron = CRON.match(text)
        if cron is None:
            raise ValueError(f"{text} is not a schedule expression")
        _Cron.parse(cron[1])
        return Schedule(text)

    def next_after(self, epoch: float, timezone: str = "UTC") -> float | None:
        """The next time strictly after `epoch` (seconds), None when there is none."""
        zone = _zone(timezone)
        rate, at, cron = RATE.match(self.text), AT.match(self.text), CRON.match(self.text)
        if rate is not None:
            return epoch + int(rate[1]) * UNIT_SECONDS[rate[2].removesuffix("s")]
        if at is not None:
            time = datetime.fromisoformat(at[1]).replace(tzinfo=zone).timestamp()
            return time if time > epoch else None
        assert cron is not None
        return _Cron.parse(cron[1]).next_after(epoch, zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name} is not a time zone") from None


@dataclass(frozen=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]

    @staticmethod
    def parse(text: str) -> _Cron:
        fields = text.split()
        if len(fields) != 6:
            raise ValueError(f"cron({text}) must have 6 fields")
        minute, hour, day, month, weekday, year = (field.upper() for field in fields)
        if (day == "?") == (weekday == "?"):
            raise ValueError(f"cron({text}): one of day-of-month and day-of-week must be ?")
        made = _Cron(
            _numbers(minute, 0, 59),
            _numbers(hour, 0, 23),
            day,
            _numbers(month, 1, 12, MONTHS),
            weekday,
            _numbers(year, YEAR_FIRST, YEAR_LAST),
        )
        made.days_of(2024, 2)
        return made

    def days_of(self, year: int, month: int) -> set[int]:
        last = calendar.monthrange(year, month)[1]
        if self.weekdays == "?":
            return _month_days(self.days, year, month, last)
        return _week_days(self.weekdays, year, month, last)

    def next_after(self, epoch: float, zone: ZoneInfo) -> float | None:
        local = datetime.fromtimestamp(int(epoch), UTC).astimezone(zone).replace(tzinfo=None, second=0) - timedelta(
            hours=2
        )
        day = local.replace(hour=0, minute=0)
        for year in sorted(one for one in self.years if one >= day.year):
            for month in sorted(self.months):
                if (year, month) < (day.year, day.month):
                    continue
                for number in sorted(self.days_of(year, month)):
                    if (year, month, number) < (day.year, day.month, day.day):
                        continue
                    for hour in sorted(self.hours):
                        for minute in sorted(self.minutes):
                            time = datetime(year, month, number, hour, minute, tzinfo=zone).timestamp()
                            if time > epoch:
                                return time
        return None


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first == "*":
            start, end = low, high
        else:
            start = (names or {}).get(first) or int(first)
            end = ((names or {}).get(last) or int(last)) if last else (high if step else start)
        if not low <= start <= end <= high:
            raise ValueError(f"{field} is out of range {low}-{high}")
        found |= set(range(start, end + 1, int(step) if step else 1))
    return frozenset(found)


def _month_days(field: str, year: int, month: int, last: int) -> set[int]:
    if field == "L":
        return {last}
    if field.endswith("W"):
        wanted = min(int(field[:-1]), last)
        weekday = calendar.weekday(year, month, wanted)
        if weekday == 5:
            wanted += -1 if wanted > 1 else 2
        elif weekday == 6:
            wanted += 1 if wanted < last else -2
        return {wanted}
    return {day for day in _numbers(field, 1, 31) if day <= last}


def _week_days(field: str, year: int, month: int, last: int) -> set[int]:
    """AWS counts Sunday as 1."""

    def on(number: int) -> list[int]:
        if not 1 <= number <= 7:
            raise ValueError(f"{field} is out of range 1-7")
        return [day for day in range(1, last + 1) if (calendar.weekday(year, month, day) + 1) % 7 + 1 == number]

    if "#" in field:
        number, _, nth = field.partition("#")
        days = on(DAYS.get(number) or int(number))
        return set(days[int(nth) - 1 : int(nth)])
    if field.endswith("L"):
        name = field[:-1] or "SAT"
        return {on(DAYS.get(name) or int(name))[-1]}
    return {day for number in _numbers(field, 1, 7, DAYS) for day in on(number)}
