"""Queues as targets, and as the place of what could not be delivered.

A rule sends if the queue's policy lets EventBridge; a schedule sends as its role.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resource_policies
from ormer.stores.database import Tx
from ormer.stores.port import Api
from ormer.stores.rules.deliveries import Delivery

JsonDict = dict[str, Any]
EVENTS = "events.amazonaws.com"
FIFO = ".fifo"
LETTER_GROUP = "dead-letters"


def send(tx: Tx, api: Api, delivery: Delivery, text: str, token: str) -> JsonDict:
    """Put the text into the target's queue. Raises AwsError. token: the same for every attempt."""
    target = delivery.target
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    return _put(tx, api, delivery, target["Arn"], text, {"group": group, "token": token})


def bury(tx: Tx, api: Api, delivery: Delivery, text: str, about: Mapping[str, Any]) -> bool:
    """Put what could not be delivered into the target's dead-letter queue, with what is known about it.

    Returns False when there is none, or it does not take it.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    queue = delivery.target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return False
    attributes = {
        name: {"DataType": "String", "StringValue": str(value)}
        for name, value in about.items()
        if value not in (None, "")
    }
    try:
        with tx.connection.begin_nested():
            _put(tx, api, delivery, queue, text, {"attributes": attributes, "group": LETTER_GROUP})
    except AwsError:
        return False
    return True


def _put(tx: Tx, api: Api, delivery: Delivery, queue: str, text: str, more: JsonDict) -> JsonDict:
    parts, about = arns.parse(queue), {"aws:SourceArn": delivery.sender, "aws:SourceAccount": api.identity.account}
    if not delivery.target.get("RoleArn") and not resource_policies.admits(tx, EVENTS, "sqs:SendMessage", queue, about):
        why = f"The policy of the queue {queue} does not let {EVENTS} send to it for {delivery.sender}, or it is gone."
        raise AwsError("NO_PERMISSIONS", why)
    request: JsonDict = {"QueueUrl": f"/{parts.account}/{parts.resource}", "MessageBody": text}
    if more.get("attributes"):
        request["MessageAttributes"] = more["attributes"]
    if more.get("group") and parts.resource.endswith(FIFO):
        request["MessageGroupId"] = more["group"]
    if more.get("token") and parts.resource.endswith(FIFO):
        request["MessageDeduplicationId"] = more["token"]
    return api("sqs", "SendMessage", request)
