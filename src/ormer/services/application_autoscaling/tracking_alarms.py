"""The alarms of target tracking: one for too much, which acts within minutes, and one for too little, which is patient.

https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.resources import Row
from ormer.stores.scaling.targets import variant_of

JsonDict = dict[str, Any]
PERIOD_SECONDS = 60
HIGH_PERIODS = 3
LOW_PERIODS = 15
# Between the two the metric is left in peace.
LOW_SHARE = 0.9
# Metric and statistic. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": ("InvocationsPerInstance", "Sum"),
    "SageMakerVariantProvisionedConcurrencyUtilization": ("ServerlessProvisionedConcurrencyUtilization", "Maximum"),
}
DESCRIPTION = "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {}."


def alarms_for(policy: Row) -> list[JsonDict]:
    """PutMetricAlarm's requests for a target tracking policy."""
    configuration = policy.document["TargetTrackingScalingPolicyConfiguration"]
    target = float(configuration["TargetValue"])
    metric = _metric(policy, configuration)
    made = [_alarm(policy, "AlarmHigh", metric, HIGH_PERIODS, "GreaterThanThreshold", target)]
    if not configuration.get("DisableScaleIn", False):
        made.append(_alarm(policy, "AlarmLow", metric, LOW_PERIODS, "LessThanThreshold", target * LOW_SHARE))
    return made


def _alarm(policy: Row, which: str, metric: JsonDict, periods: int, comparison: str, threshold: float) -> JsonDict:
    # The same policy has the same alarms whenever it is put.
    id_ = uuid.uuid5(uuid.NAMESPACE_URL, f"{policy.arn}/{which}")
    return {
        **metric,
        "AlarmName": f"TargetTracking-{policy.document['ResourceId']}-{which}-{id_}",
        "AlarmDescription": DESCRIPTION.format(policy.arn),
        "AlarmActions": [policy.arn],
        "EvaluationPeriods": periods,
        "ComparisonOperator": comparison,
        "Threshold": threshold,
    }


def _metric(policy: Row, configuration: JsonDict) -> JsonDict:
    """What the alarms watch: the members of PutMetricAlarm that name a metric."""
    given = [name for name in configuration if name.endswith("MetricSpecification")]
    if len(given) != 1:
        raise AwsError(
            "ValidationException", "Give either PredefinedMetricSpecification or CustomizedMetricSpecification."
        )
    if given == ["PredefinedMetricSpecification"]:
        return _predefined(policy, configuration["PredefinedMetricSpecification"]["PredefinedMetricType"])
    custom = configuration["CustomizedMetricSpecification"]
    if "Metrics" in custom:
        return {"Metrics": [_query(query) for query in custom["Metrics"]]}
    missing = [name for name in ("MetricName", "Namespace", "Statistic") if name not in custom]
    if missing:
        raise AwsError("ValidationException", f"CustomizedMetricSpecification needs {', '.join(missing)}.")
    return {**custom, "Period": PERIOD_SECONDS}


def _predefined(policy: Row, kind: str) -> JsonDict:
    if kind not in PREDEFINED:
        raise AwsError(
            "ValidationException",
            f"The predefined metric {kind} is not answered here; use {' or '.join(PREDEFINED)}, or a customized one.",
        )
    name, statistic = PREDEFINED[kind]
    variant = variant_of(policy.document["ResourceId"])
    assert variant is not None, "a target is registered for a variant"
    return {
        "Namespace": "AWS/SageMaker",
        "MetricName": name,
        "Dimensions": [
            {"Name": "EndpointName", "Value": variant.endpoint},
            {"Name": "VariantName", "Value": variant.name},
        ],
        "Statistic": statistic,
        "Period": PERIOD_SECONDS,
    }


def _query(query: JsonDict) -> JsonDict:
    """A query of target tracking as one of an alarm: every metric by the minute."""
    if "MetricStat" not in query:
        return query
    return {**query, "MetricStat": {**query["MetricStat"], "Period": PERIOD_SECONDS}}
