"""How an alarm speaks: EventBridge's details and the text that goes to SNS topics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SHORT_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}
TRIGGER_MEMBERS = (
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
)


def stamp(seconds: float) -> str:
    """`2026-02-01T10:00:00.000+0000`, CloudWatch's form."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def queries_of(alarm: Mapping[str, Any]) -> list[JsonDict]:
    """The alarm's MetricDataQueries; an alarm on one metric has one, with an Id of its own."""
    if "Metrics" in alarm:
        return list(alarm["Metrics"])
    if "MetricName" not in alarm:
        return []
    stat = {
        "Metric": {
            "Namespace": alarm["Namespace"],
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm.get("Dimensions", []),
        },
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
    }
    if "Unit" in alarm:
        stat["Unit"] = alarm["Unit"]
    id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"]))
    return [{"Id": id_, "MetricStat": stat, "ReturnData": True}]


def state_detail(before: Row, after: Row) -> JsonDict:
    """The detail of "CloudWatch Alarm State Change"."""
    return {
        "alarmName": after.name,
        "state": _state(after),
        "previousState": _state(before),
        "configuration": configuration(after.document),
    }


def configuration(alarm: Mapping[str, Any]) -> JsonDict:
    """An alarm's configuration as events carry it."""
    found: JsonDict = {}
    if alarm.get("AlarmDescription"):
        found["description"] = alarm["AlarmDescription"]
    if "AlarmRule" in alarm:
        return {**found, "alarmRule": alarm["AlarmRule"]}
    return {**found, "metrics": [_metric(query) for query in queries_of(alarm)]}


def notification(before: Row, after: Row) -> JsonDict:
    """What is published to a topic, as a document."""
    alarm = after.document
    return {
        "AlarmName": after.name,
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": after.account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": after.status,
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": stamp(alarm["StateTransitionedTimestamp"]),
        "Region": after.region,
        "AlarmArn": after.arn,
        "OldStateValue": before.status,
        "OKActions": alarm.get("OKActions", []),
        "AlarmActions": alarm.get("AlarmActions", []),
        "InsufficientDataActions": alarm.get("InsufficientDataActions", []),
        **({"AlarmRule": alarm["AlarmRule"]} if "AlarmRule" in alarm else {"Trigger": _trigger(alarm)}),
    }


def subject(after: Row) -> str:
    """The subject of a notification; topics take a hundred characters."""
    return f'{after.status}: "{after.name}" in {after.region}'[:100]


def _state(row: Row) -> JsonDict:
    found = {
        "value": row.status,
        "reason": row.document["StateReason"],
        "timestamp": stamp(row.document["StateUpdatedTimestamp"]),
    }
    if row.document.get("StateReasonData"):
        found["reasonData"] = row.document["StateReasonData"]
    return found


def _metric(query: Mapping[str, Any]) -> JsonDict:
    shown: JsonDict = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if query.get("Label"):
        shown["label"] = query["Label"]
    if "Expression" in query:
        return {**shown, "expression": query["Expression"]}
    stat = query["MetricStat"]
    metric = stat["Metric"]
    shown["metricStat"] = {
        "metric": {
            "namespace": metric["Namespace"],
            "name": metric["MetricName"],
            "dimensions": {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", ())},
        },
        "period": stat["Period"],
        "stat": stat["Stat"],
        **({"unit": stat["Unit"]} if "Unit" in stat else {}),
    }
    return shown


def _trigger(alarm: Mapping[str, Any]) -> JsonDict:
    found: JsonDict = {member: alarm[member] for member in TRIGGER_MEMBERS if member in alarm}
    if "Metrics" in alarm:
        return {**found, "Metrics": alarm["Metrics"]}
    pairs = [{"value": pair["Value"], "name": pair["Name"]} for pair in alarm.get("Dimensions", ())]
    found |= {"MetricName": alarm["MetricName"], "Namespace": alarm["Namespace"], "Dimensions": pairs}
    found["Unit"] = alarm.get("Unit")
    if "Statistic" in alarm:
        name = alarm["Statistic"]
        return {**found, "StatisticType": "Statistic", "Statistic": SHORT_STATISTICS.get(name, name.upper())}
    return {**found, "StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm["ExtendedStatistic"]}


def dumped(document: Mapping[str, Any]) -> str:
    """A document as the compact JSON text that AWS puts into texts."""
    return json.dumps(document, separators=(",", ":"))
