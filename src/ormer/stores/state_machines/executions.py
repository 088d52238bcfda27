"""Executions of state machines: begun and ended with their events, in one transaction.

An execution's document is DescribeExecution's answer. Facts: `revision`, what runs; `type`, STANDARD or EXPRESS.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.stores import events, resources, tasks
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.state_machines import flows, history
from ormer.stores.state_machines.flows import Flow
from ormer.stores.state_machines.machines import EXPRESS, SERVICE, Revision
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "StateMachineExecution"
RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
FINAL = frozenset((SUCCEEDED, FAILED, TIMED_OUT, ABORTED))
DETAIL_TYPE = "Step Functions Execution Status Change"
# Members that the event has whether there is anything to say or not.
ALWAYS = ("stateMachineVersionArn", "stateMachineAliasArn", "stopDate", "input", "output", "error", "cause")
DETAILS = {"included": True}
# How long what happened in an express execution can be looked at.
EXPRESS_KEPT_SECONDS = 3600.0
FORGOTTEN_AT_ONCE = 500


def arn_of(machine: Row, name: str, kind: str) -> str:
    """The ARN of an execution of a state machine."""
    parts = arns.parse(machine.arn)
    own = machine.name
    resource = f"express:{own}:{name}:{uuid.uuid4()}" if kind == EXPRESS else f"execution:{own}:{name}"
    return arns.arn(SERVICE, parts.region, parts.account, resource)


def begin(
    tx: Tx,
    *,
    arn: str,
    name: str,
    machine: Row,
    revision: Revision,
    text: str,
    kind: str,
    more: JsonDict,
    start_at: str,
    now: float,
    actor: str,
) -> Row | None:
    """Begin an execution; None when its name is taken. text: its input as JSON. more: further members."""
    row = resources.create(
        tx,
        arn=arn,
        kind=KIND,
        name=name,
        parent=machine.arn,
        status=RUNNING,
        document={
            "executionArn": arn,
            "stateMachineArn": machine.arn,
            "name": name,
            "startDate": now,
            "input": text,
            "inputDetails": DETAILS,
            "redriveCount": 0,
            **more,
        },
        facts={"revision": revision.id, "type": kind},
        now=now,
        actor=actor,
        event=False,
    )
    if row is None:
        return None
    details = {"input": text, "inputDetails": {"truncated": False}, "roleArn": revision.role_arn}
    details |= {name: more[name] for name in ("stateMachineAliasArn", "stateMachineVersionArn") if name in more}
    history.write(tx, arn, 1, 0, "ExecutionStarted", {"executionStartedEventDetails": details}, now)
    flows.insert(tx, Flow(arn, 0, None, 0, [], start_at, flows.READY, 1))
    announce(tx, row, now, actor)
    tasks.wake(tx, flows.TASK, arn)
    return row


def end(tx: Tx, row: Row, status: str, previous: int, details: JsonDict, now: float, actor: str = "") -> Row | None:
    """End an execution that runs, with its last event. details: `output`, or `error` and `cause` where they are known.

    Returns None when it has ended already.
    """
    told = {name: value for name, value in details.items() if value is not None}
    change = {"stopDate": now, **told, **({"outputDetails": DETAILS} if "output" in told else {})}
    moved = resources.advance(tx, row.arn, status, now=now, expect=(RUNNING,), change=change)
    if moved is None:
        return None
    word = {SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted"}[status]
    shown = {**told, **({"outputDetails": {"truncated": False}} if "output" in told else {})}
    number = history.last(tx, row.arn) + 1
    event = {f"execution{word}EventDetails": shown}
    history.write(tx, row.arn, number, previous, f"Execution{word}", event, now)
    announce(tx, moved, now, actor)
    return moved


def announce(tx: Tx, row: Row, now: float, actor: str = "") -> None:
    """Tell of an execution's status as it is. Express executions are not told of, as at AWS."""
    if row.facts["type"] == EXPRESS:
        return
    document = row.document
    detail: JsonDict = {
        "executionArn": row.arn,
        "stateMachineArn": document["stateMachineArn"],
        "name": row.name,
        "status": row.status,
        "startDate": int(document["startDate"] * 1000),
        **{name: document.get(name) for name in ALWAYS},
        "inputDetails": DETAILS,
        "outputDetails": DETAILS if "output" in document else None,
    }
    if detail["stopDate"] is not None:
        detail["stopDate"] = int(detail["stopDate"] * 1000)
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source="aws.states",
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[row.arn],
        now=now,
        actor=actor,
    )


def forget(tx: Tx, arn: str) -> None:
    """Remove an execution with all that is known of it."""
    flows.remove(tx, arn)
    history.remove(tx, arn)
    resources.delete(tx, arn)


def forget_express(tx: Tx, now: float) -> bool:
    """Remove express executions that ended long ago, a part of them. Returns whether there may be more."""
    c = table.c
    old = (c.kind == KIND, c.status.in_(FINAL), c.modified < now - EXPRESS_KEPT_SECONDS)
    found = resources.select(tx, *old, c.arn.like("%:express:%"), limit=FORGOTTEN_AT_ONCE)
    for row in found:
        forget(tx, row.arn)
    return len(found) == FORGOTTEN_AT_ONCE
