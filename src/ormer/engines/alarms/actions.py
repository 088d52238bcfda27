"""The task "alarm_action": does one thing that an alarm's new state asks for, and writes what became of it.

The order is in the task's payload, written in the transaction of the state; what was done and the item of history are
one transaction, so that an action that is tried again after a crash is not done twice. An action that is refused is
recorded as failed, as AWS does, and not tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.worker import Work
from ormer.stores import resources, tasks
from ormer.stores.alarms import history
from ormer.stores.alarms.messages import stamp
from ormer.stores.database import Tx

JsonDict = dict[str, Any]


def run(work: Work) -> None:
    """Execute the action once; the alarm that asked for it may be gone."""
    order = work.task.payload
    with work.read() as tx:
        if history.executed(tx, work.subject):
            return
    try:
        with work.write() as tx:
            KINDS[arns.parse(order["action"]).service](work, tx, order)
            _record(tx, work, order, None)
    except AwsError as error:
        with work.write() as tx:
            _record(tx, work, order, error.message)


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Record an action that raises again and again as failed; see `work.Ending`."""
    if history.executed(tx, work.subject):
        return False
    _record(tx, work, work.task.payload, reason)
    return True


def _record(tx: Tx, work: Work, order: Mapping[str, Any], fault: str | None) -> None:
    parts = arns.parse(order["alarm_arn"])
    about = history.About(parts.account, parts.region, order["alarm_name"], order["alarm_kind"])
    done = "Successfully executed" if fault is None else "Failed to execute"
    data: JsonDict = {
        "actionState": "Succeeded" if fault is None else "Failed",
        "stateUpdateTimestamp": int(order["time"] * 1000),
        "notificationResource": order["action"],
    }
    if fault is None:
        data["publishedMessage"] = order["message"]
    else:
        data["error"] = fault
    history.record(tx, about, "Action", f"{done} action {order['action']}", data, work.now, work.subject)


def _publish(work: Work, tx: Tx, order: Mapping[str, Any]) -> None:
    request = {"TopicArn": order["action"], "Subject": order["subject"], "Message": order["message"]}
    _call(work, order, "sns", "Publish", request)


def _invoke(work: Work, tx: Tx, order: Mapping[str, Any]) -> None:
    parts = arns.parse(order["alarm_arn"])
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": order["alarm_arn"],
        "accountId": parts.account,
        "time": stamp(order["time"]),
        "region": parts.region,
        "alarmData": order["detail"],
    }
    request = {"FunctionName": order["action"], "InvocationType": "Event", "Payload": json.dumps(event).encode()}
    _call(work, order, "lambda", "Invoke", request)


def _scale(work: Work, tx: Tx, order: Mapping[str, Any]) -> None:
    """The scalable target looks by itself at the alarms that name its policies."""
    policy = resources.get(tx, order["action"])
    if policy is None or policy.kind != "ScalingPolicy":
        raise AwsError("ObjectNotFoundException", f"There is no scaling policy {order['action']}.")
    tasks.wake(tx, "scalable_target", policy.parent)


def _call(work: Work, order: Mapping[str, Any], service: str, operation: str, request: JsonDict) -> None:
    # CloudWatch itself acts, for the account that the alarm is of; what it may name was checked with the alarm.
    parts = arns.parse(order["alarm_arn"])
    work.port.acting_as(root_identity(parts.account), parts.region)(service, operation, request)


KINDS: Mapping[str, Callable[[Work, Tx, Mapping[str, Any]], None]] = {
    "sns": _publish,
    "lambda": _invoke,
    "autoscaling": _scale,
}
