"""Activities: tasks that somebody outside takes and does."""

from __future__ import annotations

import json
import time
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.stepfunctions.refusals import checked_name, invalid_arn, page
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.nouns import unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.state_machines import flows, history, machines
from ormer.stores.state_machines.flows import Flow
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
POLL_SECONDS, LOOK_SECONDS = 60.0, 0.2


def create_activity(call: Call, request: JsonDict) -> JsonDict:
    """Make an activity; one that is there is answered.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
    Errors: InvalidName.
    """
    name = checked_name(request["name"])
    arn = arns.arn(machines.SERVICE, call.region, call.account, f"activity:{name}")
    with call.write() as tx:
        row = resources.get(tx, arn) or resources.create(
            tx,
            arn=arn,
            kind=machines.ACTIVITY,
            name=name,
            document={"activityArn": arn, "name": name, "creationDate": call.now},
            tag_list=unique_tags({"Key": pair["key"], "Value": pair["value"]} for pair in request.get("tags", ())),
            now=call.now,
            event=False,
        )
    assert row is not None
    return {"activityArn": arn, "creationDate": row.created}


def describe_activity(call: Call, request: JsonDict) -> JsonDict:
    """Answer an activity. https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html

    Errors: ActivityDoesNotExist.
    """
    return _activity(call, request["activityArn"]).document


def list_activities(call: Call, request: JsonDict) -> JsonDict:
    """Page through activities. https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html"""
    c = table.c
    with call.read() as tx:
        here = (c.account == call.account, c.region == call.region, c.kind == machines.ACTIVITY)
        found = resources.select(tx, *here)
    return page([row.document for row in found], "activities", request)


def delete_activity(call: Call, request: JsonDict) -> JsonDict:
    """Delete an activity. https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html"""
    with call.write() as tx:
        row = resources.get(tx, request["activityArn"])
        if row is not None and row.kind == machines.ACTIVITY and row.account == call.account:
            resources.delete(tx, row.arn)
    return {}


def get_activity_task(call: Call, request: JsonDict) -> JsonDict:
    """Take the oldest task of an activity, waiting for one as long as a minute; nothing when none has come.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
    Errors: ActivityDoesNotExist.
    """
    row = _activity(call, request["activityArn"])
    deadline = time.monotonic() + POLL_SECONDS
    while True:
        taken = _take(call, row, request.get("workerName"))
        if taken or call.stores.database.in_transaction or time.monotonic() > deadline:
            return taken
        time.sleep(LOOK_SECONDS)


def send_task_success(call: Call, request: JsonDict) -> JsonDict:
    """Say that a task is done, and what came of it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    Errors: TaskDoesNotExist, TaskTimedOut, InvalidOutput.
    """
    try:
        output = json.loads(request["output"])
    except (ValueError, RecursionError) as error:
        raise AwsError("InvalidOutput", f"Invalid Output: '{error}'") from None
    return _settle(call, request["taskToken"], {"output": output})


def send_task_failure(call: Call, request: JsonDict) -> JsonDict:
    """Say that a task has failed, and why.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
    Errors: TaskDoesNotExist, TaskTimedOut.
    """
    told = {"error": request.get("error") or "", "cause": request.get("cause") or ""}
    return _settle(call, request["taskToken"], told)


def send_task_heartbeat(call: Call, request: JsonDict) -> JsonDict:
    """Say that a task is still being done.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html
    Errors: TaskDoesNotExist, TaskTimedOut.
    """
    with call.write() as tx:
        flows.beat(tx, _waiting(tx, call, request["taskToken"]), call.now)
    return {}


def _settle(call: Call, token: str, outcome: JsonDict) -> JsonDict:
    with call.write() as tx:
        flows.settle(tx, _waiting(tx, call, token), outcome)
    return {}


def _waiting(tx: Tx, call: Call, token: str) -> Flow:
    """The flow of the caller's account that waits for a token. Raises TaskTimedOut."""
    flow = flows.by_token(tx, token)
    row = resources.get(tx, flow.execution_arn) if flow is not None else None
    if flow is None or row is None or row.account != call.account:
        raise AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    return flow


def _take(call: Call, row: Row, worker: str | None) -> JsonDict:
    with call.write() as tx:
        flow = flows.take(tx, row.arn)
        if flow is None:
            return {}
        number = history.last(tx, flow.execution_arn) + 1
        details = {"activityStartedEventDetails": {"workerName": worker} if worker else {}}
        history.write(tx, flow.execution_arn, number, flow.event, "ActivityStarted", details, call.now)
        flow.event = number
        flows.beat(tx, flow, call.now)
    return {"taskToken": flow.token, "input": flow.data["task"]["input"]}


def _activity(call: Call, arn: str) -> Row:
    if not arns.is_arn(arn) or arns.parse(arn).service != machines.SERVICE:
        raise invalid_arn(arn)
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or row.kind != machines.ACTIVITY or row.account != call.account:
        raise AwsError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    return row
