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


def test_a_point_that_comes_late_is_looked_at(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    began = timed.now
    timed.minutes(1)
    cloudwatch.put_metric_data(
        Namespace="App",
        MetricData=[{"MetricName": "load", "Value": 50.0, "Timestamp": began, "Dimensions": ALARM["Dimensions"]}],
    )
    assert eventually(in_state(cloudwatch, "ALARM"))


def test_a_count_that_is_over_the_threshold_already_need_not_wait_for_its_minute(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**{**ALARM, "Statistic": "Sum"})
    timed.minutes(0.5)
    put(cloudwatch, timed, 11.0)
    assert "[11.0 (01/03/26 12:00:00)]" in eventually(in_state(cloudwatch, "ALARM"))["StateReason"]


def test_an_alarm_on_metric_math_compares_the_expression(timed, eventually):
    cloudwatch = timed.client("cloudwatch")

    def stat(id_, name):
        metric = {"Namespace": "Shop", "MetricName": name}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    cloudwatch.put_metric_alarm(
        AlarmName="rate",
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Metrics=[
            stat("errors", "errors"),
            stat("calls", "calls"),
            {"Id": "percent", "Expression": "100 * errors / calls", "Label": "error rate"},
        ],
    )
    for name, value in (("errors", 3.0), ("calls", 60.0)):
        datum = {"MetricName": name, "Value": value, "Timestamp": timed.now}
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])
    timed.minutes(1)
    found = eventually(in_state(cloudwatch, "ALARM", "rate"))
    assert "[5.0 (01/03/26 12:00:00)] was greater than or equal to the threshold (5.0)" in found["StateReason"]


def test_a_state_set_by_hand_stands_for_a_minute(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="drill", StateReasonData='{"by":"me"}')
    found = alarm(cloudwatch)
    assert (found["StateValue"], found["StateReason"]) == ("ALARM", "drill")
    assert json.loads(found["StateReasonData"]) == {"by": "me"}
    timed.minutes(1)
    assert eventually(in_state(cloudwatch, "INSUFFICIENT_DATA"))


def test_a_composite_alarm_follows_its_children(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    for name in ("one", "two"):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name})
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("one") AND (ALARM(two) OR FALSE) AND NOT INSUFFICIENT_DATA(two)'
    )

    def composite():
        return cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]

    eventually(lambda: composite()["StateValue"] == "OK")
    for name in ("one", "two"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="drill")
        timed.clock.advance(1)
    eventually(lambda: composite()["StateValue"] == "ALARM")
    assert "alarm:two transitioned to ALARM at Sunday 01 March, 2026" in composite()["StateReason"]
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
    assert [child["AlarmName"] for child in children] == ["one", "two"]
    parents = cloudwatch.describe_alarms(ParentsOfAlarmName="one", AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [parent["AlarmName"] for parent in parents] == ["both"]
    timed.minutes(1)
    eventually(lambda: composite()["StateValue"] == "OK")


def test_history_tells_configurations_states_and_actions(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    topic = "arn:aws:sns:us-east-1:123456789012:nobody"
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 11.0}, AlarmActions=[topic])
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="drill")

    def items(**more):
        asked = {"AlarmName": "high", "ScanBy": "TimestampAscending", **more}
        return cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"]

    (action,) = eventually(lambda: items(HistoryItemType="Action"))
    assert action["HistorySummary"] == f"Failed to execute action {topic}"
    assert json.loads(action["HistoryData"])["error"]
    cloudwatch.delete_alarms(AlarmNames=["high"])
    summaries = [item["HistorySummary"] for item in items() if item["HistoryItemType"] != "Action"]
    assert summaries == [
        'Alarm "high" created',
        'Alarm "high" updated',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "high" deleted',
    ]
    assert cloudwatch.describe_alarms(AlarmNames=["high"])["MetricAlarms"] == []
    first = cloudwatch.describe_alarm_history(AlarmName="high", MaxRecords=2)
    rest = cloudwatch.describe_alarm_history(AlarmName="high", NextToken=first["NextToken"])
    assert (len(first["AlarmHistoryItems"]), len(rest["AlarmHistoryItems"])) == (2, 3)


def test_actions_can_be_switched_off_and_on(timed, eventually):
    cloudwatch = timed.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=["arn:aws:sns:us-east-1:123456789012:nobody"])
    cloudwatch.disable_alarm_actions(AlarmNames=["high", "no such alarm"])
    assert alarm(cloudwatch)["ActionsEnabled"] is False
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="drill")
    cloudwatch.enable_alarm_actions(AlarmNames=["high"])
    assert alarm(cloudwatch)["ActionsEnabled"] is True
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="OK", StateReason="drill")
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="drill")
    asked = {"AlarmName": "high", "HistoryItemType": "Action"}
    eventually(lambda: cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"])
    assert len(cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"]) == 1


def test_alarms_are_found_by_prefix_state_action_and_metric(cloudwatch, unique):
    space = unique("Space")
    topic = f"arn:aws:sns:us-east-1:123456789012:{space}"
    for name, more in (("a", {"AlarmActions": [topic]}), ("b", {"Period": 300}), ("c", {})):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": f"{space}-{name}", "Namespace": space, **more})

    def names(**asked):
        return [one["AlarmName"][-1] for one in cloudwatch.describe_alarms(**asked)["MetricAlarms"]]

    assert names(AlarmNamePrefix=space) == ["a", "b", "c"]
    assert names(AlarmNames=[f"{space}-b"]) == ["b"]
    assert names(AlarmNamePrefix=space, StateValue="OK") == []
    assert names(AlarmNamePrefix=space, ActionPrefix=topic[:-2]) == ["a"]
    assert names(AlarmNamePrefix=space, AlarmTypes=["CompositeAlarm"]) == []
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=space, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    asked = {"Namespace": space, "MetricName": "load", "Dimensions": ALARM["Dimensions"]}
    found = cloudwatch.describe_alarms_for_metric(**asked, Period=300)["MetricAlarms"]
    assert [one["AlarmName"] for one in found] == [f"{space}-b"]
    assert len(cloudwatch.describe_alarms_for_metric(**asked)["MetricAlarms"]) == 3


def test_a_replaced_alarm_keeps_its_state_and_loses_what_is_not_given_again(cloudwatch, unique):
    name = unique("alarm")
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name}, AlarmDescription="old", TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="drill")
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name, "Threshold": 99.0})
    found = alarm(cloudwatch, name)
    assert (found["StateValue"], found["Threshold"]) == ("OK", 99.0)
    assert "AlarmDescription" not in found and "TreatMissingData" not in found


def test_alarms_bear_tags(cloudwatch, unique):
    name = unique("alarm")
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name}, Tags=[{"Key": "team", "Value": "a"}])
    arn = alarm(cloudwatch, name)["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "prod"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "prod"}]
    with pytest.raises(ClientError) as error:
        cloudwatch.list_tags_for_resource(ResourceARN=arn + "x")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Statistic": None}, "Statistic or ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "percentile"),
        ({"Period": 45}, "multiple of 60"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"TreatMissingData": "maybe"}, "TreatMissingData"),
        ({"EvaluationPeriods": 1441}, "must be <= 86400"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly"),
        ({"MetricName": None}, "MetricName or Metrics"),
        ({"AlarmActions": ["topic"]}, "Invalid arn syntax"),
        ({"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:t"]}, "Only us-east-1"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111111111111:t"]}, "another account"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "not answered here"),
    ],
)
def test_an_alarm_that_makes_no_sense_is_refused(cloudwatch, change, text):
    request = {key: value for key, value in {**ALARM, **change}.items() if value is not None}
    with pytest.raises(ClientError) as error:
        cloudwatch.put_metric_alarm(**request)
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert text in error.value.response["Error"]["Message"]


def test_mistakes_about_alarms_have_cloudwatchs_codes(cloudwatch, unique):
    name = unique("alarm")
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name})
    cases = (
        (lambda: cloudwatch.set_alarm_state(AlarmName="no", StateValue="OK", StateReason="r"), "ResourceNotFound"),
        (
            lambda: cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="r", StateReasonData="{"),
            "InvalidFormat",
        ),
        (lambda: cloudwatch.delete_alarms(AlarmNames=[name, "no such"]), "ResourceNotFound"),
        (lambda: cloudwatch.describe_alarms(NextToken="x"), "InvalidNextToken"),
        (lambda: cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="TRUE"), "ValidationError"),
        (lambda: cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(nobody)"), "ValidationError"),
        (lambda: cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(x) XOR"), "ValidationError"),
    )
    for ask, code in cases:
        with pytest.raises(ClientError) as error:
            ask()
        assert error.value.response["Error"]["Code"] == code


def test_an_alarm_publishes_to_its_topic_once(timed, eventually):
    cloudwatch, sns = timed.client("cloudwatch"), timed.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    cloudwatch.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="drill")
    asked = {"AlarmName": "high", "HistoryItemType": "Action"}
    (item,) = eventually(lambda: cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"])
    assert item["HistorySummary"] == f"Successfully executed action {topic}"
    told = json.loads(json.loads(item["HistoryData"])["publishedMessage"])
    assert (told["AlarmName"], told["NewStateValue"], told["OldStateValue"]) == ("high", "ALARM", "INSUFFICIENT_DATA")
    assert told["Trigger"]["MetricName"] == "load" and told["Trigger"]["Statistic"] == "AVERAGE"


def test_an_alarm_finds_monitoring_metrics_however_their_page_spells_them(timed, eventually):
    """The pages of Model Monitor name namespaces and dimensions in two ways."""
    cloudwatch = timed.client("cloudwatch")
    published = [{"Name": "Endpoint", "Value": "shop"}, {"Name": "MonitoringSchedule", "Value": "hourly"}]
    asked = [{"Name": "EndpointName", "Value": "shop"}, {"Name": "ScheduleName", "Value": "hourly"}]
    cloudwatch.put_metric_alarm(
        AlarmName="drift",
        Namespace="/aws/sagemaker/Endpoints/data-metric",
        MetricName="feature_baseline_drift_age",
        Dimensions=asked,
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=0.2,
        ComparisonOperator="GreaterThanThreshold",
    )
    datum = {"MetricName": "feature_baseline_drift_age", "Dimensions": published, "Value": 0.7, "Timestamp": timed.now}
    cloudwatch.put_metric_data(Namespace="aws/sagemaker/Endpoints/data-metrics", MetricData=[datum])
    eventually(lambda: cloudwatch.describe_alarms(AlarmNames=["drift"])["MetricAlarms"][0]["StateValue"] == "ALARM")
    found = cloudwatch.describe_alarms_for_metric(
        Namespace="/aws/sagemaker/Endpoint/data-metrics", MetricName="feature_baseline_drift_age", Dimensions=published
    )
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == ["drift"]
