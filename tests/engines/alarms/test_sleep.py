"""Alarms that have nothing to do sleep, survive a restart, and know windows that slide and windows that do not."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from ormer.app import build
from ormer.aws.identities import root_identity
from ormer.engines.alarms import engine
from ormer.engines.alarms.rules import rule_of
from ormer.engines.worker import Again, Work
from ormer.stores import metrics
from ormer.stores.tables import tasks as task_table
from ormer.stores.tasks import PARKED, Task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
ALARM = {
    "AlarmName": "a",
    "Namespace": "aws/sagemaker/Endpoints/data-metrics",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
}
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"


def look(house):
    """One look at the alarm, as the worker would take it."""
    with house.stores.database.read() as tx:
        row = tx.one(sa.select(task_table).where(task_table.c.kind == "alarm", task_table.c.subject == ARN))
    task = Task(row["id"], "alarm", ARN, row["fence"], row["wakes"], 0)
    return engine.run(Work(task, house.stores, house.port))


def state(api):
    return api("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"]})["MetricAlarms"][0]["StateValue"]


def point(house, value, at, namespace=ALARM["Namespace"]):
    with house.stores.database.write() as tx:
        metrics.put(tx, house.config.account, "us-east-1", namespace, "m", value, at)


def test_an_alarm_without_data_sleeps_until_a_point_arrives(still, api):
    api("cloudwatch", "PutMetricAlarm", ALARM)
    assert look(still) == Again()
    with still.stores.database.write() as tx:
        tx.execute(sa.update(task_table).values(due=PARKED, due_calendar=None))
    point(still, 0.0, NOON, "/" + ALARM["Namespace"])
    with still.stores.database.read() as tx:
        assert tx.one(sa.select(task_table.c.due))["due"] < PARKED


def test_an_alarm_with_data_is_looked_at_when_the_minute_ends(still, api, clock):
    api("cloudwatch", "PutMetricAlarm", ALARM)
    point(still, 0.0, NOON + 10)
    assert look(still) == Again(at=NOON + 60) and state(api) == "INSUFFICIENT_DATA"
    clock.advance(60)
    assert look(still) == Again(at=NOON + 120) and state(api) == "ALARM"


def test_a_point_of_the_future_is_waited_for(still, api):
    api("cloudwatch", "PutMetricAlarm", ALARM)
    point(still, 0.0, NOON + 600)
    assert look(still) == Again(at=NOON + 60)


def test_the_state_is_as_it_was_after_a_restart_and_the_look_is_taken_again(config, clock):
    first = build(config, clock, strict=True)
    first.port.acting_as(root_identity(config.account), "us-east-1")("cloudwatch", "PutMetricAlarm", ALARM)
    point(first, 0.0, NOON)
    first.stores.close()
    clock.advance(60)
    second = build(config, clock, strict=True)
    again = second.port.acting_as(root_identity(config.account), "us-east-1")
    assert state(again) == "INSUFFICIENT_DATA"
    look(second)
    assert state(again) == "ALARM"
    second.stores.close()


def test_a_long_period_slides_by_the_minute_unless_it_is_tied_to_the_clock():
    alarm = {**ALARM, "AlarmArn": ARN, "Period": 3600}
    now = NOON + 90
    assert rule_of(alarm).end(now) == NOON + 60
    tied = {**alarm, "EvaluationWindow": {"WallClockWindow": {}}}
    assert (rule_of(tied).end(now), rule_of(tied).step) == (NOON, 3600)
    kolkata = {**alarm, "EvaluationWindow": {"WallClockWindow": {"Timezone": "Asia/Kolkata"}}}
    assert rule_of(kolkata).end(now) == NOON - 1800


def test_short_periods_are_looked_at_every_ten_seconds():
    assert rule_of({**ALARM, "AlarmArn": ARN, "Period": 10}).end(NOON + 25) == NOON + 20
