"""Scalable targets: variants of endpoints whose capacity may change by itself, between a minimum and a maximum."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import linked_roles, resources, tagging, tasks
from ormer.stores.database import Tx
from ormer.stores.linked_roles import SCALING_ENDPOINTS
from ormer.stores.nouns import Noun
from ormer.stores.port import Api, Call
from ormer.stores.resources import Row
from ormer.stores.scaling import targets
from ormer.stores.scaling.targets import DIMENSIONS, TASK
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 50
NAMESPACE = "sagemaker"
SESSION = "AutoScaling-RegisterScalableTarget"
SCALABLE_TARGET = Noun(
    "ScalableTarget",
    name="ResourceId",
    arn="scalable-target/{name}",
    service="application-autoscaling",
    arn_member="ScalableTargetARN",
    page=PAGE,
)
SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def register_scalable_target(call: Call, request: JsonDict) -> JsonDict:
    """Let a variant be scaled, or change its bounds. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html

    Bounds that the present capacity breaks are enforced at once. Differs: only the namespace sagemaker with the
    dimensions of variants. Errors: ValidationException.
    """
    check_dimension(request)
    with call.write() as tx:
        row = find(call, request)
        row = _create(call, tx, request) if row is None else _update(call, tx, row, request)
        tasks.wake(tx, TASK, row.arn)
    return {"ScalableTargetARN": row.arn}


def describe_scalable_targets(call: Call, request: JsonDict) -> JsonDict:
    """Page through targets. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html"""
    check_namespace(request)
    names = [targets.name_of(id_, dimension) for id_ in request.get("ResourceIds", ()) for dimension in DIMENSIONS]
    c = table.c
    where = [c.name.in_(names)] if names else []
    if "ScalableDimension" in request:
        where.append(c.name.endswith(f" {request['ScalableDimension']}", autoescape=True))
    rows, more = SCALABLE_TARGET.rows(call, paging(request), *where)
    return {"ScalableTargets": [row.document for row in rows], **more}


def deregister_scalable_target(call: Call, request: JsonDict) -> JsonDict:
    """Forget a target, its policies with their alarms, and its scheduled actions. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html

    Errors: ObjectNotFoundException.
    """
    with call.write() as tx:
        target = get(call, request)
        for policy in targets.belongings(tx, target, "ScalingPolicy"):
            drop_policy(call, tx, policy)
        for action in targets.belongings(tx, target, "ScheduledAction"):
            resources.delete(tx, action.arn)
        resources.delete(tx, target.arn)
        tasks.wake(tx, TASK, target.arn)
    return {}


def find(call: Call, request: JsonDict) -> Row | None:
    """The target that a request names by ResourceId and ScalableDimension."""
    return SCALABLE_TARGET.find(call, targets.name_of(request["ResourceId"], request["ScalableDimension"]))


def get(call: Call, request: JsonDict) -> Row:
    """The target; ObjectNotFoundException when it is not registered."""
    check_namespace(request)
    row = find(call, request)
    if row is None:
        raise AwsError(
            "ObjectNotFoundException",
            f"No scalable target registered for service namespace: {request['ServiceNamespace']}, resource ID: "
            f"{request['ResourceId']}, scalable dimension: {request['ScalableDimension']}",
        )
    return row


def check_namespace(request: JsonDict) -> None:
    """ValidationException for what is not SageMaker's."""
    if request["ServiceNamespace"] != NAMESPACE:
        raise AwsError(
            "ValidationException",
            f"Only the service namespace {NAMESPACE} is answered, not {request['ServiceNamespace']}.",
        )


def check_dimension(request: JsonDict) -> None:
    """ValidationException for what is no dimension of a variant."""
    check_namespace(request)
    if request["ScalableDimension"] not in DIMENSIONS:
        raise AwsError(
            "ValidationException",
            f"The dimension {request['ScalableDimension']} is not answered here; use {' or '.join(DIMENSIONS)}.",
        )
    if targets.variant_of(request["ResourceId"]) is None:
        raise AwsError("ValidationException", "Unsupported resource ID: write endpoint/NAME/variant/NAME.")


def paging(request: JsonDict) -> JsonDict:
    """The page that a Describe asks for, in the words of lists."""
    return {"MaxResults": request.get("MaxResults", PAGE), "NextToken": request.get("NextToken")}


def service_api(call: Call, name: str) -> Api:
    """The port for Application Auto Scaling itself, acting as its service-linked role in the caller's account."""
    return call.port.acting_as(linked_roles.session(call.account, SCALING_ENDPOINTS, name), call.region)


def drop_policy(call: Call, tx: Tx, policy: Row) -> None:
    """Delete a policy and the alarms that were made for it."""
    names = policy.facts.get("alarms", [])
    for name in names:
        service_api(call, "AutoScaling-ManageAlarms")("cloudwatch", "DeleteAlarms", {"AlarmNames": [name]})
    resources.delete(tx, policy.arn)


def _create(call: Call, tx: Tx, request: JsonDict) -> Row:
    if "MinCapacity" not in request or "MaxCapacity" not in request:
        raise AwsError("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target.")
    role = linked_roles.ensure(tx, call.account, SCALING_ENDPOINTS, call.now)
    _check_variant(call, request)
    document = {
        "RoleARN": role,
        "CreationTime": call.now,
        "SuspendedState": _suspended({}, request),
    }
    _check_bounds(request)
    row = SCALABLE_TARGET.create(
        call,
        {key: value for key, value in request.items() if key != "Tags"},
        name=targets.name_of(request["ResourceId"], request["ScalableDimension"]),
        arn=SCALABLE_TARGET.arn_of(call, uuid.uuid4().hex),
        document=document,
    )
    tagging.put(tx, row.arn, [{"Key": key, "Value": value} for key, value in request.get("Tags", {}).items()])
    return row


def _update(call: Call, tx: Tx, row: Row, request: JsonDict) -> Row:
    change = {key: request[key] for key in ("MinCapacity", "MaxCapacity") if key in request}
    change["SuspendedState"] = _suspended(row.document["SuspendedState"], request)
    _check_bounds({**row.document, **change})
    # From now on these bounds are the person's, whichever scheduled action set the last ones.
    return resources.save(tx, row, change, now=call.now, facts={"bounds_by": None})


def _suspended(before: JsonDict, request: JsonDict) -> JsonDict:
    return {**dict.fromkeys(SUSPENSIONS, False), **before, **request.get("SuspendedState", {})}


def _check_bounds(document: JsonDict) -> None:
    if document["MinCapacity"] < 0:
        raise AwsError("ValidationException", "Minimum capacity cannot be negative.")
    if document["MaxCapacity"] < document["MinCapacity"]:
        raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity.")


def _check_variant(call: Call, request: JsonDict) -> None:
    """ValidationException unless the endpoint has the variant."""
    variant = targets.variant_of(request["ResourceId"])
    assert variant is not None
    try:
        found = service_api(call, SESSION)("sagemaker", "DescribeEndpoint", {"EndpointName": variant.endpoint})
    except AwsError as error:
        if error.status >= 500:
            raise
        raise AwsError(
            "ValidationException", f"The endpoint {variant.endpoint} cannot be scaled: {error.message}"
        ) from None
    if variant.name not in [one["VariantName"] for one in found.get("ProductionVariants", ())]:
        raise AwsError("ValidationException", f"The endpoint {variant.endpoint} has no variant {variant.name}.")
