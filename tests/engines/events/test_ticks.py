"""Schedules of rules and of EventBridge Scheduler: every tick once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from ormer.aws.clock import ManualClock, ScaledClock, WallClock
from ormer.stores import resources

from .conftest import ACCOUNT, REGION, ROLE, Bench, bench_in

DAY_SECONDS = 86_400
# The calendar begins at 2023-11-14T22:13:20Z.
MIDNIGHT = 1_700_006_400.0


class Waking(WallClock):
    """A machine's calendar after it has slept for so many seconds."""

    slept = 0.0

    def now(self) -> float:
        return super().now() + self.slept


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def times(bench: Bench, sender: str) -> list[str]:
    """When the deliveries of a rule or schedule were due, oldest first."""
    names = ("time", "scheduled-time")
    found = [one.event for one in reversed(bench.deliveries(sender))]
    return [next(event[name] for name in names if name in event) for event in found if event is not None]


def hourly(bench: Bench, expression: str = "cron(0 * * * ? *)") -> str:
    rule: str = bench.events("PutRule", Name="hourly", ScheduleExpression=expression)["RuleArn"]
    bench.events("PutTargets", Rule="hourly", Targets=[bench.target()])
    return rule


def settled(bench: Bench) -> None:
    bench.until(bench.house.worker.idle)


def schedule(bench: Bench, expression: str, **more: Any) -> str:
    given = {
        "Name": "s",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": bench.pipeline_arn, "RoleArn": ROLE},
        **more,
    }
    return str(bench.scheduler("CreateSchedule", **given)["ScheduleArn"])


def test_an_hourly_rule_fires_24_times_a_day(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    rule = hourly(bench)
    settled(bench)
    clock.advance(MIDNIGHT - clock.now() - 1)
    settled(bench)
    before = len(times(bench, rule))
    clock.advance(DAY_SECONDS)
    bench.until(lambda: len(times(bench, rule)) >= before + 24)
    settled(bench)
    found = times(bench, rule)
    assert found[before:] == [f"2023-11-15T{hour:02}:00:00Z" for hour in range(24)]
    bench.until(lambda: len(bench.starts()) == before + 24)
    event = bench.deliveries(rule)[0].event
    assert event is not None and event["source"] == "aws.events" and event["detail-type"] == "Scheduled Event"
    assert event["resources"] == [rule] and event["detail"] == {}


def test_no_tick_is_lost_or_doubled_on_a_calendar_that_runs_a_day_in_two_seconds(tmp_path: Path) -> None:
    bench = bench_in(tmp_path / "home", ScaledClock(DAY_SECONDS / 2, start=MIDNIGHT - 1800))
    bench.pipeline()
    rule = hourly(bench)
    bench.until(lambda: len(times(bench, rule)) > 48)
    bench.close()
    again = bench_in(tmp_path / "home", ManualClock(MIDNIGHT), started=False)
    found = [at(one.removesuffix("Z")) for one in times(again, rule)]
    again.house.stores.close()
    assert [later - earlier for earlier, later in pairwise(found)] == [3600.0] * (len(found) - 1)


def test_of_the_ticks_missed_while_down_the_latest_fires(tmp_path: Path) -> None:
    clock = ManualClock(MIDNIGHT + 60)
    bench = bench_in(tmp_path / "home", clock)
    bench.pipeline()
    rule = hourly(bench)
    every = bench.events("PutRule", Name="rate", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    bench.events("PutTargets", Rule="rate", Targets=[bench.target("rate")])
    settled(bench)
    bench.close()
    clock.advance(5 * 3600)
    again = bench_in(tmp_path / "home", clock)
    again.until(lambda: times(again, rule) and times(again, every))
    settled(again)
    assert times(again, rule) == ["2023-11-15T05:00:00Z"]
    assert times(again, every) == ["2023-11-15T05:01:00Z"]
    clock.advance(3600)
    again.until(lambda: len(times(again, rule)) == 2)
    again.close()


def test_of_the_ticks_a_sleeping_machine_missed_the_latest_fires(tmp_path: Path) -> None:
    clock = Waking()
    bench = bench_in(tmp_path / "home", clock)
    bench.pipeline()
    rule = hourly(bench, "rate(1 minute)")
    settled(bench)
    clock.slept = 3600.0
    bench.until(lambda: times(bench, rule))
    settled(bench)
    assert len(times(bench, rule)) == 1
    bench.close()


def test_a_rule_that_is_off_does_not_fire_and_on_again_begins_anew(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    rule = hourly(bench, "rate(1 hour)")
    settled(bench)
    bench.events("DisableRule", Name="hourly")
    clock.advance(10 * 3600)
    settled(bench)
    assert times(bench, rule) == []
    bench.events("EnableRule", Name="hourly")
    settled(bench)
    clock.advance(3600)
    bench.until(lambda: len(times(bench, rule)) == 1)
    bench.until(lambda: len(bench.starts()) == 1)


def test_a_schedule_at_a_time_of_a_zone_fires_once_and_goes(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    arn = schedule(
        bench,
        "at(2023-11-15T09:00:00)",
        ScheduleExpressionTimezone="Europe/Berlin",
        ActionAfterCompletion="DELETE",
    )
    settled(bench)
    clock.advance(at("2023-11-15T07:59:59") - clock.now())
    settled(bench)
    assert times(bench, arn) == []
    clock.advance(2)
    bench.until(lambda: bench.starts() == ["nothing"])
    settled(bench)
    assert times(bench, arn) == ["2023-11-15T08:00:00Z"]
    assert bench.scheduler("ListSchedules")["Schedules"] == []


def test_a_rate_schedule_fires_at_its_start_and_stops_at_its_end(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    arn = schedule(bench, "rate(6 hours)", StartDate="2023-11-15T03:00:00Z", EndDate="2023-11-15T20:00:00Z")
    settled(bench)
    clock.advance(2 * DAY_SECONDS)
    bench.until(lambda: len(times(bench, arn)) == 3)
    settled(bench)
    assert times(bench, arn) == [f"2023-11-15T{hour:02}:00:00Z" for hour in (3, 9, 15)]
    assert bench.scheduler("GetSchedule", Name="s")["State"] == "ENABLED"


def test_of_a_schedule_that_ended_while_down_the_last_tick_fires(tmp_path: Path) -> None:
    clock = ManualClock(MIDNIGHT)
    bench = bench_in(tmp_path / "home", clock)
    bench.pipeline()
    arn = schedule(bench, "rate(1 hour)", StartDate="2023-11-15T01:00:00Z", EndDate="2023-11-15T03:30:00Z")
    bench.until(bench.house.worker.idle)
    bench.close()
    clock.advance(DAY_SECONDS)
    again = bench_in(tmp_path / "home", clock)
    again.until(lambda: times(again, arn))
    settled(again)
    assert times(again, arn) == ["2023-11-15T03:00:00Z"]
    again.close()


def test_a_start_in_the_past_is_not_made_up_for(bench: Bench) -> None:
    bench.pipeline()
    arn = schedule(bench, "rate(1 hour)", StartDate="2023-11-01T00:00:00Z")
    bench.until(lambda: times(bench, arn))
    settled(bench)
    assert times(bench, arn) == ["2023-11-14T22:13:20Z"]


def test_a_rate_schedule_without_a_start_fires_at_once(bench: Bench) -> None:
    bench.pipeline()
    schedule(bench, "rate(1 day)", Target={
        "Arn": bench.pipeline_arn,
        "RoleArn": ROLE,
        "SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "message", "Value": "daily"}]},
    })  # fmt: skip
    bench.until(lambda: bench.starts() == ["daily"])


def test_an_updated_schedule_goes_by_its_new_times(bench: Bench, clock: ManualClock) -> None:
    bench.pipeline()
    arn = schedule(bench, "cron(0 0 * * ? *)")
    settled(bench)
    bench.scheduler(
        "UpdateSchedule",
        Name="s",
        ScheduleExpression="cron(30 23 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": bench.pipeline_arn, "RoleArn": ROLE},
    )
    settled(bench)
    clock.advance(DAY_SECONDS)
    bench.until(lambda: times(bench, arn) == ["2023-11-14T23:30:00Z"])
    bench.scheduler("DeleteSchedule", Name="s")
    clock.advance(DAY_SECONDS)
    settled(bench)
    assert len(times(bench, arn)) <= 2


def test_a_universal_target_calls_any_operation_with_its_input(bench: Bench) -> None:
    bench.pipeline()
    parameters = [{"Name": "message", "Value": "<aws.scheduler.schedule-arn>"}]
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
        "RoleArn": ROLE,
        "Input": json.dumps({"PipelineName": "told", "PipelineParameters": parameters}),
    }
    arn = schedule(bench, "rate(1 day)", Target=target)
    bench.until(lambda: bench.starts() == [arn])
    group = {"LogGroupName": "/made/by/schedule"}
    target = {**target, "Arn": "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup", "Input": json.dumps(group)}
    schedule(bench, "rate(1 day)", Name="other", Target=target)
    prefix = {"logGroupNamePrefix": "/made/by"}
    bench.until(lambda: bench.api("logs", "DescribeLogGroups", prefix)["logGroups"])


def test_a_schedule_sends_an_event_that_a_rule_hears(bench: Bench) -> None:
    bench.pipeline()
    bench.rule("heard", {"source": ["clock"], "detail": {"n": [1]}}, bench.target("heard"))
    target = {
        "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
        "RoleArn": ROLE,
        "Input": '{"n": 1}',
        "EventBridgeParameters": {"Source": "clock", "DetailType": "Tick"},
    }
    schedule(bench, "rate(1 day)", Target=target)
    bench.until(lambda: bench.starts() == ["heard"])


def test_a_deleted_rule_leaves_no_task(bench: Bench, clock: ManualClock) -> None:
    rule = hourly_without_targets(bench)
    bench.events("DeleteRule", Name="hourly")
    clock.advance(DAY_SECONDS)
    settled(bench)
    with bench.house.stores.database.read() as tx:
        assert resources.get(tx, rule) is None
    assert times(bench, rule) == []


def hourly_without_targets(bench: Bench) -> str:
    rule: str = bench.events("PutRule", Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    settled(bench)
    return rule
