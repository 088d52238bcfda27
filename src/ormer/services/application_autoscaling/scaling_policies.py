"""Scaling policies: how a target answers alarms, by holding a metric at a value or by steps."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.application_autoscaling.scalable_targets import (
    PAGE,
    check_namespace,
    drop_policy,
    get,
    paging,
    service_api,
)
from ormer.services.application_autoscaling.tracking_alarms import alarms_for
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.scaling import targets
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SCALING_POLICY = Noun(
    "ScalingPolicy",
    name="PolicyName",
    arn="scalingPolicy:{name}",
    service="autoscaling",
    arn_member="PolicyARN",
    page=PAGE,
)
CONFIGURATIONS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
}


def put_scaling_policy(call: Call, request: JsonDict) -> JsonDict:
    """Create a policy or replace it; target tracking gets its alarms. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html

    Differs: predictive scaling is refused. Errors: ObjectNotFoundException, ValidationException.
    """
    kind = request.get("PolicyType", "StepScaling")
    member = _checked(request, kind)
    with call.write():
        target = get(call, request)
        row = SCALING_POLICY.find(call, request["PolicyName"], target.arn)
        if row is not None and row.document["PolicyType"] != kind:
            raise AwsError("ValidationException", "The type of a policy cannot be changed; delete the policy first.")
        document = {"PolicyType": kind, member: request[member]}
        if row is None:
            row = SCALING_POLICY.create(
                call, request, document=document, arn=_arn(call, request, "scalingPolicy"), parent=target.arn
            )
        else:
            row = SCALING_POLICY.save(call, row, document)
        if kind == "TargetTrackingScaling":
            row = _put_alarms(call, row)
    return {"PolicyARN": row.arn, "Alarms": row.document.get("Alarms", [])}


def describe_scaling_policies(call: Call, request: JsonDict) -> JsonDict:
    """Page through policies. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html"""
    rows, more = belonging_rows(call, request, SCALING_POLICY, "PolicyNames")
    with call.read() as tx:
        shown = []
        for row in rows:
            alarms = [{"AlarmName": one.name, "AlarmARN": one.arn} for one in targets.alarms_naming(tx, row)]
            shown.append({**row.document, "Alarms": alarms, "CreationTime": row.created})
    return {"ScalingPolicies": shown, **more}


def delete_scaling_policy(call: Call, request: JsonDict) -> JsonDict:
    """Delete a policy and the alarms made for it. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html

    Errors: ObjectNotFoundException.
    """
    with call.write() as tx:
        target = get(call, request)
        row = SCALING_POLICY.find(call, request["PolicyName"], target.arn)
        if row is None:
            raise AwsError("ObjectNotFoundException", f"No scaling policy found: {request['PolicyName']}.")
        drop_policy(call, tx, row)
    return {}


def belonging_rows(call: Call, request: JsonDict, noun: Noun, names: str) -> tuple[list[Row], JsonDict]:
    """A page of rows that belong to targets, by the names and the resource that a Describe gives."""
    check_namespace(request)
    c = table.c
    where = [c.name.in_(request[names])] if request.get(names) else []
    for member in ("ResourceId", "ScalableDimension"):
        if member in request:
            where.append(c.parent.in_([row.arn for row in _targets(call, request)]))
            break
    return noun.rows(call, paging(request), *where)


def _targets(call: Call, request: JsonDict) -> Iterator[Row]:
    c = table.c
    with call.read() as tx:
        rows = resources.select(tx, c.account == call.account, c.region == call.region, c.kind == "ScalableTarget")
    wanted = {key: request[key] for key in ("ResourceId", "ScalableDimension") if key in request}
    return (row for row in rows if wanted.items() <= row.document.items())


def _checked(request: JsonDict, kind: str) -> str:
    """The member with the policy's configuration; ValidationException when it does not fit."""
    if kind not in CONFIGURATIONS:
        raise AwsError("ValidationException", f"{kind} is not answered here; use {' or '.join(CONFIGURATIONS)}.")
    member = CONFIGURATIONS[kind]
    if member not in request:
        raise AwsError("ValidationException", f"{member} is required for the policy type {kind}.")
    if kind == "StepScaling":
        _check_steps(request[member])
    elif request[member]["TargetValue"] <= 0:
        raise AwsError("ValidationException", "TargetValue must be greater than zero.")
    return member


def _check_steps(configuration: JsonDict) -> None:
    steps = configuration.get("StepAdjustments", [])
    if "AdjustmentType" not in configuration or not steps:
        raise AwsError("ValidationException", "AdjustmentType and at least one StepAdjustment are required.")
    spans = sorted(
        (step.get("MetricIntervalLowerBound", -float("inf")), step.get("MetricIntervalUpperBound", float("inf")))
        for step in steps
    )
    if any(low >= high for low, high in spans):
        raise AwsError("ValidationException", "The lower bound of a step adjustment must be below its upper bound.")
    if any(before[1] != after[0] for before, after in itertools.pairwise(spans)):
        raise AwsError("ValidationException", "Step adjustment intervals must not overlap or have gaps between them.")


def _put_alarms(call: Call, row: Row) -> Row:
    """Make the alarms that hold the metric at its target, under names that stay."""
    requests = alarms_for(row)
    api = service_api(call, "AutoScaling-ManageAlarms")
    for one in requests:
        api("cloudwatch", "PutMetricAlarm", one)
    names = [one["AlarmName"] for one in requests]
    for name in set(row.facts.get("alarms", [])) - set(names):
        api("cloudwatch", "DeleteAlarms", {"AlarmNames": [name]})
    shown = [
        {"AlarmName": name, "AlarmARN": arns.arn("cloudwatch", row.region, row.account, f"alarm:{name}")}
        for name in names
    ]
    with call.write() as tx:
        return resources.save(tx, row, {"Alarms": shown}, now=call.now, facts={"alarms": names})


def _arn(call: Call, request: JsonDict, kind: str) -> str:
    place = f"resource/{request['ServiceNamespace']}/{request['ResourceId']}"
    name = f"{kind}:{uuid.uuid4()}:{place}:policyName/{request['PolicyName']}"
    return arns.arn("autoscaling", call.region, call.account, name)
