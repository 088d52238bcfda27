"""AWS's schedule expressions: the forms of AWS's documents, the edges of calendars, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from ormer.aws.schedules import Schedule

# Expected times were worked out with a calendar from AWS's description of the dialect.
CASES = [
    ("cron(0 10 * * ? *)", "2026-03-01 09:59", ["2026-03-01 10:00", "2026-03-02 10:00"]),
    ("cron(15 12 * * ? *)", "2026-03-01 12:15", ["2026-03-02 12:15"]),
    ("cron(0 18 ? * MON-FRI *)", "2026-03-06 18:00", ["2026-03-09 18:00"]),
    ("cron(0 8 1 * ? *)", "2026-03-02 00:00", ["2026-04-01 08:00"]),
    ("cron(0/15 * * * ? *)", "2026-03-01 23:46", ["2026-03-02 00:00", "2026-03-02 00:15"]),
    ("cron(0/5 8-17 ? * MON-FRI *)", "2026-03-06 17:55", ["2026-03-09 08:00"]),
    ("cron(0 * ? * * *)", "2026-03-01 09:00", ["2026-03-01 10:00", "2026-03-01 11:00"]),
    ("cron(0 5 ? * * *)", "2026-03-01 09:00", ["2026-03-02 05:00"]),
    ("cron(0 3/12 ? * * *)", "2026-03-01 03:00", ["2026-03-01 15:00", "2026-03-02 03:00"]),
    ("cron(0 17/24 ? * * *)", "2026-03-01 09:00", ["2026-03-01 17:00", "2026-03-02 17:00"]),
    ("cron(15 10 ? * 6#3 *)", "2026-12-01 00:00", ["2026-12-18 10:15", "2027-01-15 10:15"]),
    ("cron(15 10 ? * 6L *)", "2026-12-01 00:00", ["2026-12-25 10:15"]),
    ("cron(15 10 ? * 6L 2027-2028)", "2026-12-01 00:00", ["2027-01-29 10:15"]),
    ("cron(0 9 L * ? *)", "2028-02-01 00:00", ["2028-02-29 09:00", "2028-03-31 09:00"]),
    ("cron(0 9 3W * ? *)", "2026-10-01 00:00", ["2026-10-02 09:00"]),
    ("cron(0 9 1W * ? *)", "2026-08-01 00:00", ["2026-08-03 09:00"]),
    ("cron(0 9 LW * ? *)", "2026-05-01 00:00", ["2026-05-29 09:00"]),
    ("cron(0 9 31W * ? *)", "2026-05-01 00:00", ["2026-05-29 09:00", "2026-07-31 09:00"]),
    ("cron(0 0 29 2 ? *)", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ("cron(30 6 ? JAN,JUL SUN,7 *)", "2026-01-31 07:00", ["2026-07-04 06:30", "2026-07-05 06:30"]),
    ("cron(0 0 ? * FRI-MON *)", "2026-03-02 00:00", ["2026-03-06 00:00"]),
    ("cron(10,40 0 1 1 ? 2027)", "2026-01-01 00:00", ["2027-01-01 00:10", "2027-01-01 00:40", None]),
    ("rate(5 minutes)", "2026-03-01 09:01", ["2026-03-01 09:06", "2026-03-01 09:11"]),
    ("rate(1 hour)", "2026-03-01 09:00", ["2026-03-01 10:00"]),
    ("rate(7 days)", "2026-03-01 09:00", ["2026-03-08 09:00"]),
    ("at(2026-03-01T10:00:00)", "2026-03-01 09:00", ["2026-03-01 10:00", None]),
]
REFUSED = [
    "",
    "NOW",
    "cron(0 10 * * ?)",
    "cron(0 10 * * * *)",
    "cron(0 10 ? * ? *)",
    "cron(60 10 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 10 0 * ? *)",
    "cron(0 10 32W * ? *)",
    "cron(0 10 ? 13 MON *)",
    "cron(0 10 ? * 0 *)",
    "cron(0 10 ? * 8L *)",
    "cron(0 10 ? * 2#6 *)",
    "cron(0 10 ? * MON 1969)",
    "cron(0/0 10 ? * MON *)",
    "cron(x 10 ? * MON *)",
    "rate(0 minutes)",
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(5 weeks)",
    "at(2026-03-01)",
    "at(2026-03-01T10:00:00Z)",
]


def epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


def times(text: str, after: float, timezone: str = "UTC") -> list[str | None]:
    def shown():
        at = after
        while True:
            found = Schedule.parse(text).next_after(at, timezone)
            yield None if found is None else datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%d %H:%M")
            at = found

    return shown()


@pytest.mark.parametrize(("text", "after", "expected"), CASES)
def test_the_next_times_are_those_of_awss_dialect(text, after, expected):
    assert list(islice(times(text, epoch(after)), len(expected))) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_aws_refuses_is_refused_with_a_text(text):
    with pytest.raises(ValueError, match=r"."):
        Schedule.parse(text)


def test_a_time_zone_moves_with_summer_time():
    found = list(islice(times("cron(0 9 ? * * *)", epoch("2026-03-27 12:00"), "Europe/Berlin"), 2))
    assert found == ["2026-03-28 08:00", "2026-03-29 07:00"]


def test_a_local_time_that_does_not_exist_is_passed_over():
    found = list(islice(times("cron(30 2 ? * * *)", epoch("2026-03-28 00:00"), "Europe/Berlin"), 2))
    assert found == ["2026-03-28 01:30", "2026-03-30 00:30"]


def test_a_local_time_that_comes_twice_is_taken_once():
    found = list(islice(times("cron(30 2 ? * * *)", epoch("2026-10-24 12:00"), "Europe/Berlin"), 2))
    assert found == ["2026-10-25 00:30", "2026-10-26 01:30"]


def test_at_is_read_in_the_time_zone():
    found = next(times("at(2026-07-01T10:00:00)", epoch("2026-03-01 00:00"), "America/New_York"))
    assert found == "2026-07-01 14:00"


def test_an_unknown_time_zone_is_refused_by_name():
    with pytest.raises(ValueError, match="Mars/Olympus"):
        Schedule.parse("rate(1 day)").next_after(0.0, "Mars/Olympus")
