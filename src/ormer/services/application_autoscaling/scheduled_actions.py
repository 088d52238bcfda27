"""Scheduled actions: bounds that change when the calendar says."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.schedules import Schedule, zone
from ormer.services.application_autoscaling.scalable_targets import PAGE, get
from ormer.services.application_autoscaling.scaling_policies import belonging_rows
from ormer.stores import resources, tasks
from ormer.stores.nouns import Noun, seconds
from ormer.stores.port import Call
from ormer.stores.scaling import schedules
from ormer.stores.scaling.targets import TASK

JsonDict = dict[str, Any]
SCHEDULED_ACTION = Noun(
    "ScheduledAction",
    name="ScheduledActionName",
    arn="scheduledAction:{name}",
    service="autoscaling",
    arn_member="ScheduledActionARN",
    page=PAGE,
)
MEMBERS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")


def put_scheduled_action(call: Call, request: JsonDict) -> JsonDict:
    """Create a scheduled action or change what is given of it. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html

    Errors: ObjectNotFoundException, ValidationException.
    """
    with call.write() as tx:
        target = get(call, request)
        row = SCHEDULED_ACTION.find(call, request["ScheduledActionName"], target.arn)
        change: JsonDict = {key: request[key] for key in MEMBERS if key in request}
        change |= {key: seconds(request[key]) for key in ("StartTime", "EndTime") if key in request}
        document = {**(row.document if row is not None else {}), **change}
        _check(document)
        next_time = schedules.next_time(document, call.now, begins=True)
        if next_time is None:
            raise AwsError("ValidationException", "The schedule never comes: its time or its EndTime is past.")
        if row is None:
            words = {**request, **change, "CreationTime": call.now}
            SCHEDULED_ACTION.create(call, words, arn=_arn(call, request), parent=target.arn, facts={"next": next_time})
        else:
            resources.save(tx, row, change, now=call.now, facts={"next": next_time})
        tasks.wake(tx, TASK, target.arn)
    return {}


def describe_scheduled_actions(call: Call, request: JsonDict) -> JsonDict:
    """Page through scheduled actions. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScheduledActions.html"""
    rows, more = belonging_rows(call, request, SCHEDULED_ACTION, "ScheduledActionNames")
    return {"ScheduledActions": [row.document for row in rows], **more}


def delete_scheduled_action(call: Call, request: JsonDict) -> JsonDict:
    """Delete a scheduled action. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScheduledAction.html

    Errors: ObjectNotFoundException.
    """
    with call.write() as tx:
        row = SCHEDULED_ACTION.find(call, request["ScheduledActionName"], get(call, request).arn)
        if row is None:
            raise AwsError("ObjectNotFoundException", f"No scheduled action found: {request['ScheduledActionName']}.")
        resources.delete(tx, row.arn)
    return {}


def _check(document: JsonDict) -> None:
    if "Schedule" not in document:
        raise AwsError("ValidationException", "Schedule is required for a new scheduled action.")
    action = document.get("ScalableTargetAction") or {}
    if not action:
        raise AwsError("ValidationException", "ScalableTargetAction must give MinCapacity, MaxCapacity or both.")
    if action.get("MinCapacity", 0) > action.get("MaxCapacity", float("inf")):
        raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity.")
    try:
        Schedule.parse(document["Schedule"])
        zone(document.get("Timezone", "UTC"))
    except ValueError as error:
        raise AwsError("ValidationException", str(error)) from None


def _arn(call: Call, request: JsonDict) -> str:
    place = f"resource/{request['ServiceNamespace']}/{request['ResourceId']}"
    name = f"scheduledAction:{uuid.uuid4()}:{place}:scheduledActionName/{request['ScheduledActionName']}"
    return arns.arn("autoscaling", call.region, call.account, name)
