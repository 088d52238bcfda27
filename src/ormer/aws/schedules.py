"""AWS's schedule expressions: `cron(…)` in AWS's dialect, `rate(…)` and `at(…)`.

The dialect differs from Unix cron: six fields with a year, Sunday is 1, `?`, `L`, `W` and `#`.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2199
MONTHS = {name: number for number, name in enumerate(re.findall("...", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"), 1)}
WEEKDAYS = {name: number for number, name in enumerate(re.findall("...", "SUNMONTUEWEDTHUFRISAT"), 1)}
UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
EXPRESSION = re.compile(r"(cron|rate|at)\((.*)\)", re.DOTALL)
RATE = re.compile(r"([1-9]\d*) (minute|hour|day)(s?)")

Days = Callable[[int, int], frozenset[int]]


@dataclass(frozen=True)
class Schedule:
    """One expression; `text` is how the person wrote it."""

    text: str
    _next: Callable[[float, ZoneInfo], float | None]

    @staticmethod
    def parse(text: str) -> Schedule:
        """Read an expression. Raises ValueError with a text for people when AWS would not accept it."""
        found = EXPRESSION.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a schedule: write cron(…), rate(…) or at(…).")
        kind, inner = found.groups()
        return Schedule(text, {"cron": _cron, "rate": _rate, "at": _at}[kind](inner.strip()))

    def next_after(self, epoch_seconds: float, timezone: str = "UTC") -> float | None:
        """The first time strictly after `epoch_seconds`, in epoch seconds; None when there is none any more.

        A rate counts from the moment that is given: pass the schedule's start or its previous time. A local time
        that a change to summer time leaves out is passed over; one that a change back repeats is taken once.
        """
        return self._next(epoch_seconds, zone(timezone))


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; ValueError for others."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone: use an IANA name such as Europe/Berlin.") from None


def _rate(text: str) -> Callable[[float, ZoneInfo], float | None]:
    found = RATE.fullmatch(text)
    if found is None:
        raise ValueError(f"rate({text}) is not valid: write a number and minute(s), hour(s) or day(s).")
    value, unit, plural = int(found[1]), found[2], found[3]
    if (value == 1) == bool(plural):
        raise ValueError(f"rate({text}) is not valid: write {value} {unit}{'' if value == 1 else 's'}.")
    return lambda after, _zone: after + value * UNIT_SECONDS[unit]


def _at(text: str) -> Callable[[float, ZoneInfo], float | None]:
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise ValueError(f"at({text}) is not valid: write at(yyyy-mm-ddThh:mm:ss), without a time zone.") from None

    def next_after(after: float, where: ZoneInfo) -> float | None:
        moment = local.replace(tzinfo=where).timestamp()
        return moment if moment > after else None

    return next_after


def _cron(text: str) -> Callable[[float, ZoneInfo], float | None]:
    fields = text.split()
    if len(fields) != 6:
        raise ValueError(
            f"cron({text}) has {len(fields)} fields; AWS's cron has six: "
            "minutes hours day-of-month month day-of-week year."
        )
    minutes = _numbers(fields[0], "minutes", 0, 59)
    hours = _numbers(fields[1], "hours", 0, 23)
    months = frozenset(_numbers(fields[3], "month", 1, 12, MONTHS))
    years = _numbers(fields[5], "year", FIRST_YEAR, LAST_YEAR)
    days = _days(fields[2], fields[4])

    def next_after(after: float, where: ZoneInfo) -> float | None:
        local = datetime.fromtimestamp(after, UTC).astimezone(where)
        for day in _dates(local.date(), years, months, days):
            for hour in hours:
                for minute in minutes:
                    moment = _instant(day, hour, minute, where)
                    if moment is not None and moment > after:
                        return moment
        return None

    return next_after


def _instant(day: date, hour: int, minute: int, where: ZoneInfo) -> float | None:
    """A local time in epoch seconds, the first of two; None for one that summer time leaves out."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=where)
    moment = local.timestamp()
    back = datetime.fromtimestamp(moment, UTC).astimezone(where)
    return moment if (back.hour, back.minute) == (hour, minute) else None


def _dates(first: date, years: list[int], months: frozenset[int], days: Days) -> Iterator[date]:
    """The days that fit, from `first` on."""
    for year in years:
        if year < first.year:
            continue
        for month in range(first.month if year == first.year else 1, 13):
            if month not in months:
                continue
            for day in sorted(days(year, month)):
                found = date(year, month, day)
                if found >= first:
                    yield found


def _days(of_month: str, of_week: str) -> Days:
    if (of_month == "?") == (of_week == "?"):
        raise ValueError(
            f"day-of-month {of_month!r} and day-of-week {of_week!r}: give one of the two and write ? for the other."
        )
    return _by_week(of_week) if of_month == "?" else _by_month(of_month)


def _by_month(field: str) -> Days:
    if field == "L":
        return lambda year, month: frozenset({_length(year, month)})
    if field.endswith("W"):
        nearest = "L" if field == "LW" else field[:-1]
        if nearest != "L" and not (nearest.isdigit() and 1 <= int(nearest) <= 31):
            raise ValueError(f"day-of-month {field!r} is not valid: write a day and W, such as 15W.")
        return lambda year, month: _nearest_weekday(year, month, nearest)
    wanted = frozenset(_numbers(field, "day-of-month", 1, 31))
    return lambda year, month: frozenset(day for day in wanted if day <= _length(year, month))


def _by_week(field: str) -> Days:
    if "#" in field:
        day, _, place = field.partition("#")
        weekday, nth = _number(day, "day-of-week", WEEKDAYS), _number(place, "day-of-week", {})
        if not (1 <= weekday <= 7 and 1 <= nth <= 5):
            raise ValueError(f"day-of-week {field!r} is not valid: write a day 1-7, # and a place 1-5, such as 6#3.")
        return lambda year, month: frozenset(_weekdays(year, month, weekday)[nth - 1 : nth])
    if field == "L":
        return lambda year, month: frozenset(_weekdays(year, month, WEEKDAYS["SAT"]))
    if field.endswith("L"):
        last = _number(field[:-1], "day-of-week", WEEKDAYS)
        if not 1 <= last <= 7:
            raise ValueError(f"day-of-week {field!r} is not valid: write a day 1-7 and L, such as 6L.")
        return lambda year, month: frozenset(_weekdays(year, month, last)[-1:])
    wanted = _numbers(field, "day-of-week", 1, 7, WEEKDAYS)
    return lambda year, month: frozenset(day for weekday in wanted for day in _weekdays(year, month, weekday))


def _weekdays(year: int, month: int, weekday: int) -> list[int]:
    """The days of a month that fall on AWS's weekday (Sunday is 1)."""
    first = (date(year, month, 1).isoweekday() % 7) + 1
    return list(range(1 + (weekday - first) % 7, _length(year, month) + 1, 7))


def _nearest_weekday(year: int, month: int, field: str) -> frozenset[int]:
    """The working day nearest to a day, within its month."""
    length = _length(year, month)
    wanted = length if field == "L" else int(field)
    if wanted > length:
        return frozenset()
    day = date(year, month, wanted)
    shift = {6: -1, 7: 1}.get(day.isoweekday(), 0)
    moved = day + timedelta(days=shift)
    if moved.month != month:
        moved = day + timedelta(days=2 if shift < 0 else -2)
    return frozenset({moved.day})


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _numbers(field: str, name: str, low: int, high: int, words: dict[str, int] | None = None) -> list[int]:
    """The numbers of a field of `*`, values, ranges, steps and lists, in order."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        start, dash, end = span.partition("-")
        if span == "*":
            first, last = low, high
        else:
            first = _number(start, name, words or {})
            last = _number(end, name, words or {}) if dash else high if slash else first
        stride = _number(step, name, {}) if slash else 1
        if not (low <= first <= high and low <= last <= high and stride >= 1):
            raise ValueError(f"{name} {part!r} is not valid: use {low} to {high}.")
        # FRI-MON goes over the week's end.
        span_of = range(first, last + 1) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        found |= set(list(span_of)[::stride])
    return sorted(found)


def _number(text: str, name: str, words: dict[str, int]) -> int:
    if text.upper() in words:
        return words[text.upper()]
    if not text.isdigit():
        hint = f" or a name such as {next(iter(words))}" if words else ""
        raise ValueError(f"{name} {text!r} is not valid: use a number{hint}.")
    return int(text)
