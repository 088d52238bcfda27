"""The one way an alarm changes its state: document, event, history and actions in one transaction."""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa

from ormer.stores import events, resources, tasks
from ormer.stores.alarms import history, messages
from ormer.stores.alarms.tables import alarm_series
from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.metrics import Series, canonical, canonical_dimensions
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ACTION_TASK = "alarm_action"
KINDS = ("MetricAlarm", "CompositeAlarm")
# The member that lists what to do when the state is reached.
ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
SOURCE = "aws.cloudwatch"


def change(
    tx: Tx,
    row: Row,
    to: str,
    *,
    now: float,
    reason: str,
    reason_data: str = "",
    facts: JsonDict | None = None,
    actor: str = "",
) -> Row | None:
    """Set an alarm's state. A state that is new makes an event, an item of history, and a task for each action.

    Returns the new row, None when the state was changed by somebody else since `row` was read.
    """
    words: JsonDict = {
        "StateReason": reason,
        "StateReasonData": reason_data or None,
        "StateUpdatedTimestamp": now,
    }
    if to != row.status:
        words["StateTransitionedTimestamp"] = now
    moved = resources.advance(tx, row.arn, to, now=now, expect=(row.status,), change=words, facts=facts, actor=actor)
    if moved is None or to == row.status:
        return moved
    announce(tx, moved, "CloudWatch Alarm State Change", messages.state_detail(row, moved), now, actor)
    states = {"oldState": _recorded(row), "newState": _recorded(moved)}
    history.record(tx, moved, "StateUpdate", f"Alarm updated from {row.status} to {to}", states, now)
    if moved.document.get("ActionsEnabled", True):
        _order_actions(tx, row, moved)
    return moved


def announce(tx: Tx, row: Row, detail_type: str, detail: JsonDict, now: float, actor: str = "") -> None:
    """Send one of CloudWatch's events about an alarm."""
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source=SOURCE,
        detail_type=detail_type,
        detail=detail,
        resources=[row.arn],
        now=now,
        actor=actor,
    )


def look_at(tx: Tx, arn: str, series: list[Series]) -> None:
    """Let new points of these series nudge the alarm, and of no others."""
    tx.execute(sa.delete(alarm_series).where(alarm_series.c.alarm_arn == arn))
    for one in series:
        values = {
            "alarm_arn": arn,
            "account": one.account,
            "region": one.region,
            "namespace": canonical(one.namespace),
            "name": one.name,
            "dimensions": canonical_dimensions(one.namespace, one.dimensions),
        }
        tx.execute(insert_or_ignore(tx, alarm_series), values)


def _order_actions(tx: Tx, before: Row, after: Row) -> None:
    """A task for each action of the new state, with what there is to say: the alarm may be gone when it runs."""
    for arn in after.document.get(ACTIONS[after.status], ()):
        payload = {
            "alarm_arn": after.arn,
            "alarm_name": after.name,
            "alarm_kind": after.kind,
            "action": arn,
            "subject": messages.subject(after),
            "message": messages.dumped(messages.notification(before, after)),
            "detail": messages.state_detail(before, after),
            "time": after.document["StateTransitionedTimestamp"],
        }
        tasks.wake(tx, ACTION_TASK, str(uuid.uuid4()), payload)


def _recorded(row: Row) -> JsonDict:
    state: JsonDict = {"stateValue": row.status, "stateReason": row.document["StateReason"]}
    data = row.document.get("StateReasonData")
    if data:
        state["stateReasonData"] = _json_or_text(data)
    return state


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
