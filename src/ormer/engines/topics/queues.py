"""Listeners that are queues: the message is put in, if the queue's policy lets the topic.

https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.topics import envelopes
from ormer.engines.worker import Work
from ormer.stores import resource_policies
from ormer.stores.database import Tx
from ormer.stores.resources import Row

SNS = "sns.amazonaws.com"
PROTOCOL = "sqs"


class Refused(AwsError):
    """The queue is not there, or its policy is against it: trying again changes nothing."""


def put(work: Work, tx: Tx, subscription: Row, delivery: Mapping[str, Any], queue: str, endpoint: str) -> None:
    """Put a message into a queue, by its ARN. Raises Refused. endpoint: where this server listens."""
    topic, parts = subscription.parent, arns.parse(queue)
    about = {"aws:SourceArn": topic, "aws:SourceAccount": subscription.account}
    if not resource_policies.admits(tx, SNS, "sqs:SendMessage", queue, about):
        text = f"The policy of the queue {queue} does not let {SNS} send to it for {topic}, or the queue is not there."
        raise Refused("AccessDenied", text, 403)
    request = {
        "QueueUrl": f"/{parts.account}/{parts.resource}",
        "MessageBody": envelopes.body(subscription, delivery, endpoint).decode(),
    }
    attributes = delivery["content"].get("MessageAttributes")
    if attributes and envelopes.is_raw(subscription, delivery):
        request["MessageAttributes"] = attributes
    try:
        work.port.acting_as(root_identity(parts.account), parts.region)("sqs", "SendMessage", request)
    except AwsError as error:
        raise Refused(error.code, error.message, error.status) from error


def dead_letter_queue(subscription: Row) -> str:
    """The ARN of the queue for what cannot be delivered, "" when there is none."""
    text = subscription.document["Attributes"].get("RedrivePolicy")
    return str(json.loads(text).get("deadLetterTargetArn", "")) if text else ""
