"""When monitoring schedules run, and which windows their runs look at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ormer.aws.monitoring_times import DAY_SECONDS, HOUR_SECONDS, Times, offset_seconds, window


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("expression", "following", "before"),
    [
        ("cron(0 * ? * * *)", "2026-03-01T13:00", "2026-03-01T11:00"),
        ("cron(0 0 ? * * *)", "2026-03-02T00:00", "2026-03-01T00:00"),
        ("cron(0 17/2 ? * * *)", "2026-03-01T17:00", "2026-02-28T23:00"),
        ("cron(0 00/12 ? * * *)", "2026-03-02T00:00", "2026-03-01T00:00"),
        ("cron(0 * * * ? *)", "2026-03-01T13:00", "2026-03-01T11:00"),
        ("cron(0 * * * * *)", "2026-03-01T13:00", "2026-03-01T11:00"),
        ("cron(5/10 * ? * * *)", "2026-03-01T12:05", "2026-03-01T11:55"),
        ("cron(30 6 ? * MON-FRI *)", "2026-03-02T06:30", "2026-02-27T06:30"),
        ("cron(0 0 1 1 ? *)", "2027-01-01T00:00", "2026-01-01T00:00"),
        ("rate(1 hour)", "2026-03-01T13:00", "2026-03-01T11:00"),
        ("rate(15 minutes)", "2026-03-01T12:15", "2026-03-01T11:45"),
    ],
)
def test_the_times_around_noon(expression: str, following: str, before: str) -> None:
    times, noon = Times.parse(expression), at("2026-03-01T12:00")
    after = times.next_after(noon)
    assert after is not None
    assert (shown(after), shown(times.last_before(noon))) == (following, before)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("cron(0 17/2 ? * * *)", 2 * HOUR_SECONDS),
        ("cron(0 * * * ? *)", HOUR_SECONDS),
        ("cron(0,20 * ? * * *)", 20 * 60.0),
        ("cron(0 6 ? * MON *)", 7 * DAY_SECONDS),
        ("rate(2 days)", 2 * DAY_SECONDS),
        ("cron(0 6 1 1 ? 2020)", DAY_SECONDS),
        ("NOW", HOUR_SECONDS),
    ],
)
def test_the_shortest_time_between_two_runs(expression: str, seconds: float) -> None:
    assert Times.parse(expression).period == seconds


def test_a_schedule_may_come_to_its_end() -> None:
    times = Times.parse("cron(0 6 1 1 ? 2020)")
    assert times.next_after(at("2026-03-01T12:00")) is None
    assert shown(times.last_before(at("2026-03-01T12:00"))) == "2020-01-01T06:00"
    assert shown(times.last_before(at("2019-03-02T12:00"))) == "2019-03-01T12:00"


@pytest.mark.parametrize(
    "text", ["cron(0 * 5 * MON *)", "cron(0 25 ? * * *)", "rate(0 hours)", "at(2026-01-01T00:00:00)"]
)
def test_what_is_no_schedule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not supported\. .+ cron\(0 \* \? \* \* \*\) is every hour"):
        Times.parse(text)


@given(st.integers(0, 23), st.integers(1, 24), st.integers(0, 10_000))
@example(hour=1, step=3, hours=0)
def test_windows_of_a_schedule_leave_nothing_out_and_overlap_nowhere(hour: int, step: int, hours: int) -> None:
    config = {"ScheduleConfig": {"ScheduleExpression": f"cron(0 {hour}/{step} ? * * *)"}}
    times, moment = Times.parse(config["ScheduleConfig"]["ScheduleExpression"]), hours * HOUR_SECONDS
    first = times.next_after(moment)
    assert first is not None
    second = times.next_after(first)
    assert second is not None
    assert window(config, {}, second) == (first, second)
    assert second - first >= times.period


def test_offsets_shift_the_window_as_the_page_says() -> None:
    config = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}}
    offsets = {"StartTimeOffset": "-P8D", "EndTimeOffset": "-P1D"}
    start, end = window(config, offsets, at("2020-01-09T13:00"))
    assert (shown(start), shown(end)) == ("2020-01-01T13:00", "2020-01-08T13:00")
    start, end = window(config, {"StartTimeOffset": "-PT6H", "EndTimeOffset": "-PT0H"}, at("2020-01-09T13:00"))
    assert (shown(start), shown(end)) == ("2020-01-09T07:00", "2020-01-09T13:00")


@pytest.mark.parametrize(
    ("text", "seconds"), [("-PT1H", 3600), ("-P1DT2H", 93_600), ("-PT90M", 5400), ("P1W", 604_800)]
)
def test_offsets_are_durations(text: str, seconds: float) -> None:
    assert offset_seconds(text) == seconds


@pytest.mark.parametrize("text", ["-P", "1H", "-PT", "+PT1H", "-P1X"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an offset"):
        offset_seconds(text)
