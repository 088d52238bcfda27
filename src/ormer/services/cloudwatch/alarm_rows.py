"""Rows of alarms of both kinds: put, found, removed, and what their actions may name."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resources, tasks
from ormer.stores.alarms import history, messages, states
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
METRIC_ALARM = Noun("MetricAlarm", name="AlarmName", arn="alarm:{name}", service="cloudwatch", arn_member="AlarmArn")
COMPOSITE_ALARM = Noun(
    "CompositeAlarm", name="AlarmName", arn="alarm:{name}", service="cloudwatch", arn_member="AlarmArn"
)
NOUNS = {"MetricAlarm": METRIC_ALARM, "CompositeAlarm": COMPOSITE_ALARM}
FIRST_REASON = "Unchecked: Initial alarm creation"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MOST_ACTIONS = 5
ACTING = ("sns", "lambda", "autoscaling")
# What a replaced configuration keeps.
STATE_MEMBERS = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "CreationTime",
    "CreatedBy",
)


def find(call: Call, name: str) -> Row | None:
    """The caller's alarm of this name, of whichever kind."""
    return METRIC_ALARM.find(call, name) or COMPOSITE_ALARM.find(call, name)


def get(call: Call, name: str) -> Row:
    """The alarm; ResourceNotFound when it is not there."""
    row = find(call, name)
    if row is None:
        raise AwsError("ResourceNotFound", f"Unknown alarm {name}.", 404)
    return row


def put(call: Call, tx: Tx, noun: Noun, request: JsonDict) -> Row:
    """Store a new alarm, or replace the configuration of one that is there: its state and tags stay."""
    name = request["AlarmName"]
    other = COMPOSITE_ALARM if noun is METRIC_ALARM else METRIC_ALARM
    if other.find(call, name) is not None:
        raise AwsError("ValidationError", f"{name} is the name of a {other.kind}; delete it first or choose another.")
    row = noun.find(call, name)
    if row is None:
        return _create(call, tx, noun, request)
    words = {key: value for key, value in request.items() if key != "Tags"}
    words["AlarmConfigurationUpdatedTimestamp"] = call.now
    kept = {*words, *STATE_MEMBERS, noun.member}
    dropped = [member for member in row.document if member not in kept]
    saved = noun.save(call, row, words, drop=dropped)
    history.record(
        tx,
        saved,
        "ConfigurationUpdate",
        f'Alarm "{name}" updated',
        {"type": "Update", "updatedAlarm": messages.configuration(saved.document)},
        call.now,
    )
    detail = {**_detail("update", saved), "previousConfiguration": messages.configuration(row.document)}
    states.announce(tx, saved, "CloudWatch Alarm Configuration Change", detail, call.now, call.identity.arn)
    tasks.wake(tx, "alarm", saved.arn)
    return saved


def remove(call: Call, tx: Tx, row: Row) -> None:
    """Delete an alarm; its history stays."""
    data = {"type": "Delete", "deletedAlarm": messages.configuration(row.document)}
    history.record(tx, row, "ConfigurationUpdate", f'Alarm "{row.name}" deleted', data, call.now)
    states.announce(
        tx, row, "CloudWatch Alarm Configuration Change", _detail("delete", row), call.now, call.identity.arn
    )
    states.look_at(tx, row.arn, [])
    resources.delete(tx, row.arn)


def checked_actions(call: Call, request: JsonDict) -> None:
    """ValidationError when an action is none that an alarm of this account and region can execute."""
    for member in states.ACTIONS.values():
        actions = request.get(member, [])
        if len(actions) > MOST_ACTIONS:
            raise AwsError("ValidationError", f"{member} may have {MOST_ACTIONS} actions at most.")
        for action in actions:
            _check_action(call, action)


def _check_action(call: Call, action: str) -> None:
    if not arns.is_arn(action):
        raise AwsError("ValidationError", f"Invalid arn syntax: {action}")
    parts = arns.parse(action)
    if parts.service not in ACTING:
        raise AwsError(
            "ValidationError",
            f"The action {action} is not answered here: use an SNS topic, a scaling policy or a Lambda function.",
        )
    if parts.region != call.region:
        raise AwsError("ValidationError", f"Invalid region {parts.region} specified. Only {call.region} is supported.")
    if parts.account != call.account:
        raise AwsError("ValidationError", f"The action {action} is of another account; use one of {call.account}.")


def _create(call: Call, tx: Tx, noun: Noun, request: JsonDict) -> Row:
    unique_tags(request.get("Tags", ()))
    row = noun.create(
        call,
        request,
        status="INSUFFICIENT_DATA",
        document={
            "AlarmConfigurationUpdatedTimestamp": call.now,
            "StateReason": FIRST_REASON,
            "StateUpdatedTimestamp": call.now,
            "StateTransitionedTimestamp": call.now,
        },
    )
    data = {"type": "Create", "createdAlarm": messages.configuration(row.document)}
    history.record(tx, row, "ConfigurationUpdate", f'Alarm "{row.name}" created', data, call.now)
    states.announce(
        tx, row, "CloudWatch Alarm Configuration Change", _detail("create", row), call.now, call.identity.arn
    )
    return row


def _detail(operation: str, row: Row) -> JsonDict:
    return {
        "alarmName": row.name,
        "operation": operation,
        "state": {"value": row.status, "timestamp": messages.stamp(row.document["StateUpdatedTimestamp"])},
        "configuration": {**messages.configuration(row.document), "alarmName": row.name},
    }
