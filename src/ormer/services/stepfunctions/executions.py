"""Executions: started, stopped, watched and told of here; the state machines engine moves them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.stepfunctions.refusals import checked_input, checked_name, execution_of, page, qualified
from ormer.services.stepfunctions.versions import revision_of
from ormer.stores import resources, tasks
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.state_machines import executions, flows, history, machines
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: an express execution lasts five minutes.
SYNC_SECONDS = 300.0
PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX = 0.005, 0.1
LISTED = (
    "executionArn",
    "stateMachineArn",
    "name",
    "startDate",
    "stopDate",
    "stateMachineVersionArn",
    "stateMachineAliasArn",
    "redriveCount",
)
HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX = 100, 1000
DATA_MEMBERS = ("input", "output", "inputDetails", "outputDetails", "parameters")


def start_execution(call: Call, request: JsonDict) -> JsonDict:
    """Start an execution. The same name with the same input answers the one that runs.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    Errors: StateMachineDoesNotExist, ExecutionAlreadyExists, InvalidExecutionInput, InvalidName.
    """
    with call.write():
        row = _begun(call, request)
    return {"executionArn": row.arn, "startDate": row.created}


def start_sync_execution(call: Call, request: JsonDict) -> JsonDict:
    """Run an express state machine and wait for its end.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    Errors: StateMachineDoesNotExist, StateMachineTypeNotSupported, InvalidExecutionInput.
    """
    with call.write() as tx:
        machine = qualified(tx, call, request["stateMachineArn"])
        if _type(tx, machine) != machines.EXPRESS:
            raise AwsError(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        arn = _begun(call, request).arn
    row = _ended(call, arn)
    return {
        **row.document,
        "status": row.status,
        "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100},
    }


def stop_execution(call: Call, request: JsonDict) -> JsonDict:
    """End an execution as it stands; jobs that it waits for are stopped.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    Errors: ExecutionDoesNotExist.
    """
    with call.write() as tx:
        row = _standard(execution_of(tx, call, request["executionArn"]))
        if row.status in executions.FINAL:
            return {"stopDate": row.document["stopDate"]}
        details = {name: request.get(name) for name in ("error", "cause")}
        previous = history.last(tx, row.arn)
        moved = executions.end(tx, row, executions.ABORTED, previous, details, call.now, call.identity.arn)
        assert moved is not None
        tasks.wake(tx, flows.TASK, row.arn)
    return {"stopDate": moved.document["stopDate"]}


def describe_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer an execution with its input and, once it has ended, its output or its error.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    Errors: ExecutionDoesNotExist.
    """
    with call.read() as tx:
        row = _standard(execution_of(tx, call, request["executionArn"]))
    if request.get("includedData") == "METADATA_ONLY":
        return {name: value for name, value in row.document.items() if name not in DATA_MEMBERS}
    return {**row.document, **_redrivable(row)}


def list_executions(call: Call, request: JsonDict) -> JsonDict:
    """A state machine's executions, the newest first.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
    Errors: StateMachineDoesNotExist; StateMachineTypeNotSupported for express state machines.
    """
    if not request.get("stateMachineArn"):
        raise AwsError("ValidationException", "Name a state machine: ormer has no map runs.")
    with call.read() as tx:
        machine = qualified(tx, call, request["stateMachineArn"])
        if _type(tx, machine) == machines.EXPRESS:
            raise AwsError(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        c = table.c
        own = machine.arn if machine.kind == machines.MACHINE else machine.parent
        where = [c.parent == own, c.kind == executions.KIND]
        if request.get("statusFilter"):
            where.append(c.status == request["statusFilter"])
        found = resources.select(tx, *where, order=c.created.desc())
    names = {machines.VERSION: "stateMachineVersionArn", machines.ALIAS: "stateMachineAliasArn"}
    member = names.get(machine.kind)
    shown = [
        {**{name: row.document[name] for name in LISTED if name in row.document}, "status": row.status}
        for row in found
        if member is None or row.document.get(member) == machine.arn
    ]
    return page(shown, "executions", request)


def get_execution_history(call: Call, request: JsonDict) -> JsonDict:
    """What happened in an execution, event by event.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
    Errors: ExecutionDoesNotExist, InvalidToken.
    """
    length = min(request.get("maxResults") or HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX)
    try:
        start = decode_token(request.get("nextToken"))
    except AwsError:
        raise AwsError("InvalidToken", "Invalid Token: pass the nextToken of the previous answer unchanged.") from None
    with call.read() as tx:
        row = _standard(execution_of(tx, call, request["executionArn"]))
        found = history.page(tx, row.arn, start, length + 1, bool(request.get("reverseOrder")))
    shown = found[:length]
    if request.get("includeExecutionData") is False:
        shown = [_without_data(event) for event in shown]
    return {"events": shown, **({"nextToken": encode_token(start + length)} if len(found) > length else {})}


def _begun(call: Call, request: JsonDict) -> Row:
    text = checked_input(request.get("input") or "{}")
    name = checked_name(request.get("name") or str(uuid.uuid4()))
    with call.write() as tx:
        target = qualified(tx, call, request["stateMachineArn"])
        machine = target if target.kind == machines.MACHINE else qualified(tx, call, target.parent)
        revision = revision_of(tx, target)
        kind = machine.document["type"]
        arn = executions.arn_of(machine, name, kind)
        more: JsonDict = {"traceHeader": request["traceHeader"]} if request.get("traceHeader") else {}
        if target.kind == machines.ALIAS:
            more["stateMachineAliasArn"] = target.arn
        elif target.kind == machines.VERSION:
            more["stateMachineVersionArn"] = target.arn
        row = executions.begin(
            tx,
            arn=arn,
            name=name,
            machine=machine,
            revision=revision,
            text=text,
            kind=kind,
            more=more,
            start_at=json.loads(revision.definition)["StartAt"],
            now=call.now,
            actor=call.identity.arn,
        )
        if row is not None:
            return row
        there = resources.get(tx, arn)
    if there is None or there.status in executions.FINAL or json.loads(there.document["input"]) != json.loads(text):
        raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    return there


def _ended(call: Call, arn: str) -> Row:
    """The execution once it is over; it is timed out when it lasts longer than it may."""
    deadline, pause = time.monotonic() + SYNC_SECONDS, PAUSE_SECONDS_FIRST
    while True:
        with call.stores.database.read() as tx:
            row = resources.get(tx, arn)
        assert row is not None, "an express execution is kept for longer than anybody waits for it"
        if row.status in executions.FINAL:
            return row
        if time.monotonic() > deadline:
            with call.write() as tx:
                executions.end(tx, row, executions.TIMED_OUT, history.last(tx, arn), {}, call.now)
                tasks.wake(tx, flows.TASK, arn)
        time.sleep(pause)
        pause = min(2 * pause, PAUSE_SECONDS_MAX)


def _type(tx: Any, row: Row) -> str:
    machine = row if row.kind == machines.MACHINE else resources.get(tx, row.parent)
    return str(machine.document["type"]) if machine is not None else machines.STANDARD


def _standard(row: Row) -> Row:
    if row.facts["type"] == machines.EXPRESS:
        raise AwsError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: express ({row.arn})'")
    return row


def _redrivable(row: Row) -> JsonDict:
    if row.status == executions.SUCCEEDED:
        why = "Execution is SUCCEEDED and cannot be redriven"
    elif row.status == executions.RUNNING:
        why = "Execution is RUNNING and cannot be redriven"
    else:
        why = "ormer does not redrive executions: start another one"
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": why}


def _without_data(event: JsonDict) -> JsonDict:
    return {
        name: {member: inner for member, inner in value.items() if member not in DATA_MEMBERS}
        if isinstance(value, dict)
        else value
        for name, value in event.items()
    }
