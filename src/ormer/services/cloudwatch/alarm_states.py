"""States and actions of alarms, set by hand."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.cloudwatch.alarm_rows import NOUNS, find, get
from ormer.stores import resources
from ormer.stores.alarms import states
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import watches

JsonDict = dict[str, Any]
# AWS lets the state stand for seconds up to the next evaluation; here it stands for one.
HELD_SECONDS = 60.0


def set_alarm_state(call: Call, request: JsonDict) -> JsonDict:
    """Set a state for a while, to test what it does. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html

    A metric alarm returns to its real state after a minute; a composite one when a child changes.
    Errors: ResourceNotFound, InvalidFormat when StateReasonData is no JSON.
    """
    data = request.get("StateReasonData", "")
    if data and not _is_json(data):
        raise AwsError("InvalidFormat", "StateReasonData must be JSON.")
    with call.write() as tx:
        row = get(call, request["AlarmName"])
        if row.kind == "CompositeAlarm":
            facts: JsonDict = {"set_with": _children(tx, row)}
        else:
            facts = {"held_until": call.now + HELD_SECONDS}
        states.change(
            tx,
            row,
            request["StateValue"],
            now=call.now,
            reason=request["StateReason"],
            reason_data=data,
            facts=facts,
            actor=call.identity.arn,
        )
    return {}


def enable_alarm_actions(call: Call, request: JsonDict) -> JsonDict:
    """Let alarms act. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html"""
    return _switch(call, request, True)


def disable_alarm_actions(call: Call, request: JsonDict) -> JsonDict:
    """Keep alarms from acting. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html"""
    return _switch(call, request, False)


def _switch(call: Call, request: JsonDict, enabled: bool) -> JsonDict:
    """Names that are no alarm's are passed over, as AWS does."""
    with call.write():
        for name in request["AlarmNames"]:
            row = find(call, name)
            if row is not None:
                change = {"ActionsEnabled": enabled, "AlarmConfigurationUpdatedTimestamp": call.now}
                NOUNS[row.kind].save(call, row, change)
    return {}


def _children(tx: Tx, row: Row) -> JsonDict:
    """When each child that the alarm watches changed last: while that stays, so does a state set by hand."""
    c = watches.c
    asked = watches.select().where(c.task_kind == "alarm", c.task_subject == row.arn)
    found = (resources.get(tx, watch["subject"]) for watch in tx.all(asked))
    return {child.arn: child.document["StateTransitionedTimestamp"] for child in found if child is not None}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
