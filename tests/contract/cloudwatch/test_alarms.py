"""Alarms: put, found, evaluated as minutes pass, and heard of."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ormer.stores import events

ALARM = {
    "AlarmName": "high",
    "Namespace": "App",
    "MetricName": "load",
    "Dimensions": [{"Name": "Host", "Value": "a"}],
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def put(cloudwatch, timed, value, **more):
    datum = {"MetricName": "load", "Value": value, "Timestamp": timed.now, "Dimensions": ALARM["Dimensions"], **more}
    cloudwatch.put_metric_data(Namespace="App", MetricData=[datum])


def alarm(cloudwatch, name="high"):
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def in_state(cloudwatch, state, name="high"):
    def look():
        found = alarm(cloudwatch, name)
        return found if found["StateValue"] == state else None

    return look


def test_an_alarm_goes_off_and_calms_down_as_its_metric_does(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    fresh = alarm(cloudwatch)
    assert (fresh["StateValue"], fresh["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert fresh["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:high"
    put(cloudwatch, timed, 12.0)
    timed.minutes(1)
    loud = eventually(in_state(cloudwatch, "ALARM"))
    assert loud["StateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [12.0 (01/03/26 12:00:00)] was greater than the threshold "
        "(10.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(loud["StateReasonData"])
    assert data["recentDatapoints"] == [12.0] and data["startDate"] == "2026-03-01T12:00:00.000+0000"
    put(cloudwatch, timed, 3.0)
    timed.minutes(1)
    calm = eventually(in_state(cloudwatch, "OK"))
    assert "[3.0 (01/03/26 12:01:00)] was not greater than the threshold (10.0)" in calm["StateReason"]
    timed.minutes(5)
    silent = eventually(in_state(cloudwatch, "INSUFFICIENT_DATA"))
    assert silent["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_a_change_of_state_is_an_event_of_cloudwatch(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, AlarmDescription="too much")
    put(cloudwatch, timed, 12.0)
    timed.minutes(1)
    arn = eventually(in_state(cloudwatch, "ALARM"))["AlarmArn"]
    with timed.stores.database.read() as tx:
        found = {event["detail_type"]: event for event in events.about(tx, arn)}
    changed = found["CloudWatch Alarm State Change"]
    assert (changed["source"], changed["detail"]["alarmName"]) == ("aws.cloudwatch", "high")
    assert changed["detail"]["state"]["value"] == "ALARM"
    assert changed["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    configuration = changed["detail"]["configuration"]
    assert configuration["description"] == "too much"
    assert configuration["metrics"][0]["metricStat"]["metric"] == {
        "namespace": "App",
        "name": "load",
        "dimensions": {"Host": "a"},
    }
    assert found["CloudWatch Alarm Configuration Change"]["detail"]["operation"] == "create"
