"""Schedules: what is called when. The events engine fires them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ormer.aws import arns, event_targets
from ormer.aws.errors import AwsError
from ormer.aws.scheduler_expressions import parsed
from ormer.services.scheduler.groups import DEFAULT_GROUP, group_of
from ormer.services.scheduler.pages import page_of, rows_of
from ormer.stores import resources, tasks
from ormer.stores.nouns import Noun, seconds
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.rules import targets
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

SCHEDULE = Noun(
    "Schedule",
    name="Name",
    arn="schedule/{name}",
    service="scheduler",
    arn_member="Arn",
    missing=("ResourceNotFoundException", "Schedule {name} does not exist."),
    taken=("ConflictException", "Schedule {name} already exists."),
)
KINDS = (
    event_targets.PIPELINE,
    event_targets.DELIVERY,
    event_targets.BUILD,
    event_targets.FUNCTION,
    event_targets.STATE_MACHINE,
    event_targets.TOPIC,
    event_targets.QUEUE,
    event_targets.EVENT_BUS,
    event_targets.UNIVERSAL,
)
DEFAULTS: JsonDict = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", "ActionAfterCompletion": "NONE"}
WHEN = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State")
RETRIES = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


def create_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Make a schedule. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html

    A rate fires at StartDate, or at once without one, and then at every period. A flexible window is opened at its
    beginning: nothing is spread out.
    Differs: the role's trust policy is not asked; what the role may do is. Step Functions and their like
    cannot be reached here and are refused.
    Errors: ConflictException; ResourceNotFoundException for the group; ValidationException.
    """
    with call.write() as tx:
        group = group_of(call, request.get("GroupName") or DEFAULT_GROUP)
        row = SCHEDULE.create(
            call,
            request,
            document=_document(call, request, group.name),
            arn=arns.arn("scheduler", call.region, call.account, f"schedule/{group.name}/{request['Name']}"),
            parent=group.name,
            facts={"made": call.now, "position": None},
            event=False,
        )
        tasks.wake(tx, targets.TICK_TASK, row.arn)
    return {"ScheduleArn": row.arn}


def get_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Answer a schedule. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html"""
    return _shown(_get(call, request))


def list_schedules(call: Call, request: JsonDict) -> JsonDict:
    """Page through schedules by name, of one group or of all. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html"""
    inside = (table.c.parent == group_of(call, request["GroupName"]).name,) if request.get("GroupName") else ()
    rows = rows_of(call, SCHEDULE, request, *inside)
    if request.get("State"):
        rows = [row for row in rows if row.document["State"] == request["State"]]
    shown, more = page_of(rows, request)
    return {"Schedules": [_shown(row) for row in shown], **more}


def update_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Replace a schedule whole: what the request leaves out has its default again. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html

    Errors: ResourceNotFoundException; ValidationException.
    """
    with call.write() as tx:
        row = _get(call, request)
        document = _document(call, request, row.parent)
        drop = [name for name in ("Description", "StartDate", "EndDate", "KmsKeyArn") if name not in document]
        moved = any(row.document.get(name) != document.get(name) for name in WHEN)
        facts: JsonDict | None = {"made": call.now, "position": None} if moved else None
        resources.save(tx, row, document, now=call.now, drop=drop, facts=facts, actor=call.identity.arn)
        tasks.wake(tx, targets.TICK_TASK, row.arn)
    return {"ScheduleArn": row.arn}


def delete_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Delete a schedule. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html"""
    with call.write():
        SCHEDULE.remove(call, _get(call, request))
    return {}


def _get(call: Call, request: JsonDict) -> Row:
    group = group_of(call, request.get("GroupName") or DEFAULT_GROUP)
    with call.read() as tx:
        found = resources.find(
            tx, call.account, call.region, SCHEDULE.service, SCHEDULE.kind, request["Name"], group.name
        )
    if found is None:
        raise SCHEDULE.not_found(call, request["Name"])
    return found


def _document(call: Call, request: JsonDict, group: str) -> JsonDict:
    """The schedule's words, checked, with AWS's defaults and times in seconds."""
    words = {name: value for name, value in request.items() if name not in ("ClientToken", "Name")}
    times = {name: seconds(words[name]) for name in ("StartDate", "EndDate") if words.get(name) is not None}
    _check(call, words, times)
    target = {**words["Target"], "RetryPolicy": {**RETRIES, **words["Target"].get("RetryPolicy", {})}}
    return {**DEFAULTS, **words, **times, "GroupName": group, "Target": target}


def _check(call: Call, words: JsonDict, times: dict[str, float]) -> None:
    expression, zone = words["ScheduleExpression"], words.get("ScheduleExpressionTimezone", "UTC")
    try:
        parsed(expression)
    except ValueError:
        raise AwsError("ValidationException", f"Invalid Schedule Expression {expression}.") from None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise AwsError("ValidationException", f"Invalid Time Zone {zone}.") from None
    if times.get("StartDate", 0.0) >= times.get("EndDate", float("inf")):
        raise AwsError("ValidationException", "The EndDate must be after the StartDate.")
    window = words["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise AwsError("ValidationException", "MaximumWindowInMinutes goes with the mode FLEXIBLE, and only with it.")
    _check_target(call, words["Target"])


def _check_target(call: Call, target: JsonDict) -> None:
    if not arns.is_arn(target["RoleArn"]) or arns.parse(target["RoleArn"]).account != call.account:
        raise AwsError("ValidationException", f"The role {target['RoleArn']} is not in the account {call.account}.")
    try:
        kind = event_targets.kind_of(target["Arn"])
        if kind not in KINDS:
            raise ValueError("schedules cannot have targets of this kind.")
        if kind == event_targets.UNIVERSAL:
            event_targets.universal(target["Arn"])
    except ValueError as error:
        raise AwsError("ValidationException", f"Provided Arn {target['Arn']} is not valid: {error}") from None
    if (kind == event_targets.EVENT_BUS) != ("EventBridgeParameters" in target):
        raise AwsError("ValidationException", "EventBridgeParameters go with an event bus as target, and only with it.")


def _shown(row: Row) -> JsonDict:
    return {**row.document, "CreationDate": row.created, "LastModificationDate": row.modified}
