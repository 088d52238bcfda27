"""AWS::CloudWatch::Alarm: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "AlarmName"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(255))
    # Putting an alarm that is there changes it: a stack takes over nobody's.
    found = site.call("cloudwatch", "DescribeAlarms", {"AlarmNames": [name]})
    if found.get("MetricAlarms"):
        site.refuse_taken(name)
    return _put(site, name, properties)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return _put(site, held.physical_id, properties)


def _put(site: Site, name: str, properties: JsonDict) -> Made:
    site.make("cloudwatch", "PutMetricAlarm", {**properties, NAME: name})
    arn = arns.arn("cloudwatch", site.region, site.account, f"alarm:{name}")
    return Made(name, {NAME: name, "Arn": arn}, arn)


def _delete(site: Site, held: Held) -> None:
    site.call("cloudwatch", "DeleteAlarms", {"AlarmNames": [held.physical_id]})


TYPE = ResourceType(
    "AWS::CloudWatch::Alarm",
    _create,
    _delete,
    words(
        "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions "
        "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName "
        "Metrics Namespace OKActions Period Statistic Threshold ThresholdMetricId TreatMissingData Unit"
    ),
    _update,
    words(NAME),
    attributes=words("Arn", NAME),
    named_by=NAME,
)
