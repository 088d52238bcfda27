"""Actions of alarms are done once, even when they are tried again after a crash."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ormer.app import build
from ormer.engines.alarms import actions, engine
from ormer.engines.worker import Again, Work
from ormer.stores import tasks
from ormer.stores.topics import deliveries
from ormer.stores.topics.tables import sns_deliveries

ALARM = {
    "AlarmName": "a",
    "Namespace": "App",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def claim(house, kind):
    """Every due task of a kind, claimed as a worker claims them."""
    with house.stores.database.write() as tx:
        return tasks.claim(tx, "a test", [kind], house.stores.clock.now(), 10_000)


def messages(house):
    with house.stores.database.read() as tx:
        return tx.all(sa.select(sns_deliveries).where(sns_deliveries.c.type == deliveries.NOTIFICATION))


@pytest.fixture
def topic(api):
    """A topic that somebody on this machine listens to."""
    arn = api("sns", "CreateTopic", {"Name": "t"})["TopicArn"]
    api("sns", "Subscribe", {"TopicArn": arn, "Protocol": "http", "Endpoint": "http://127.0.0.1:9/"})
    with api.port.stores.database.read() as tx:
        token = tx.one(sa.select(sns_deliveries.c.content))["content"]["Token"]
    api("sns", "ConfirmSubscription", {"TopicArn": arn, "Token": token})
    return arn


def test_a_crash_behind_the_action_does_not_repeat_it(still, api, topic, config, clock):
    api("cloudwatch", "PutMetricAlarm", {**ALARM, "AlarmActions": [topic]})
    api("cloudwatch", "SetAlarmState", {"AlarmName": "a", "StateValue": "ALARM", "StateReason": "drill"})
    (task,) = claim(still, "alarm_action")
    actions.run(Work(task, still.stores, still.port))
    assert len(messages(still)) == 1
    # The server dies before the task is finished; the next one claims it again.
    still.stores.close()
    second = build(config, clock, strict=True)
    with second.stores.database.write() as tx:
        tasks.release_all(tx)
    (task,) = claim(second, "alarm_action")
    actions.run(Work(task, second.stores, second.port))
    assert len(messages(second)) == 1
    second.stores.close()


def test_a_crash_before_the_action_does_not_lose_it(still, api, topic):
    api("cloudwatch", "PutMetricAlarm", {**ALARM, "AlarmActions": [topic]})
    api("cloudwatch", "SetAlarmState", {"AlarmName": "a", "StateValue": "ALARM", "StateReason": "drill"})
    first = claim(still, "alarm_action")
    with still.stores.database.write() as tx:
        tasks.release_all(tx)
    (task,) = claim(still, "alarm_action")
    assert [task.subject] == [one.subject for one in first]
    actions.run(Work(task, still.stores, still.port))
    assert len(messages(still)) == 1


def test_an_alarm_that_is_deleted_still_does_what_it_was_to_do(still, api, topic):
    api("cloudwatch", "PutMetricAlarm", {**ALARM, "AlarmActions": [topic]})
    api("cloudwatch", "SetAlarmState", {"AlarmName": "a", "StateValue": "ALARM", "StateReason": "drill"})
    api("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a"]})
    (task,) = claim(still, "alarm_action")
    actions.run(Work(task, still.stores, still.port))
    assert len(messages(still)) == 1
    asked = {"AlarmName": "a", "HistoryItemType": "Action"}
    (item,) = api("cloudwatch", "DescribeAlarmHistory", asked)["AlarmHistoryItems"]
    assert item["HistorySummary"] == f"Successfully executed action {topic}"


def test_a_thousand_alarms_without_data_are_never_due_again(still, api, clock):
    for number in range(1000):
        api("cloudwatch", "PutMetricAlarm", {**ALARM, "AlarmName": f"a{number}", "MetricName": f"m{number}"})
    claimed = claim(still, "alarm")
    assert len(claimed) == 1000
    for task in claimed:
        assert engine.run(Work(task, still.stores, still.port)) == Again()
        with still.stores.database.write() as tx:
            tasks.park(tx, task, None)
    clock.advance(86_400)
    with still.stores.database.read() as tx:
        assert not tasks.due(tx, ["alarm"], clock.now())
