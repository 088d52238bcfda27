"""Publishing: one message to everyone who listens."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ormer.aws import filter_policies
from ormer.aws.errors import AwsError
from ormer.services.sns.topics import get
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.topics import deliveries, subscriptions

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MESSAGE_BYTES_MAX = 256 * 1024
SUBJECT_LENGTH_MAX = 100


def publish(call: Call, request: JsonDict) -> JsonDict:
    """Put a message on its way to all confirmed subscriptions. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

    Differs: topics only, no phones nor mobile applications. Errors: NotFound, InvalidParameter.
    """
    arn = request.get("TopicArn") or request.get("TargetArn")
    if arn is None:
        raise AwsError("InvalidParameter", "Invalid parameter: TopicArn or TargetArn must name a topic.")
    _check(request)
    texts = _texts(request)
    content = {key: request[key] for key in ("Subject", "MessageAttributes") if key in request}
    message_id = str(uuid.uuid4())
    with call.write() as tx:
        topic = get(call, arn)
        for row in subscriptions.of_topic(tx, topic.arn):
            if subscriptions.is_confirmed(row) and _wants(row, request):
                own = {**content, "Message": texts.get(row.document["Protocol"], texts["default"])}
                deliveries.add(tx, row.arn, deliveries.NOTIFICATION, message_id, own, call.now)
    return {"MessageId": message_id}


def _wants(row: Row, request: JsonDict) -> bool:
    """Whether a message meets a subscription's filter policy."""
    given = row.document["Attributes"]
    scope = given.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
    attributes = request.get("MessageAttributes", {})
    return filter_policies.passes(given.get("FilterPolicy", ""), scope, request["Message"], attributes)


def _check(request: JsonDict) -> None:
    if not request["Message"]:
        raise AwsError("InvalidParameter", "Invalid parameter: Empty message")
    if len(request["Message"].encode()) > MESSAGE_BYTES_MAX:
        raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
    subject = request.get("Subject")
    if subject is not None and (not subject or len(subject) > SUBJECT_LENGTH_MAX or not subject.isprintable()):
        raise AwsError("InvalidParameter", "Invalid parameter: Subject")
    for name, attribute in request.get("MessageAttributes", {}).items():
        if "BinaryValue" in attribute:
            raise AwsError("InvalidParameter", f"The message attribute {name} is binary, which is not answered here.")


def _texts(request: JsonDict) -> dict[str, str]:
    """The message by protocol; `default` for all others."""
    if request.get("MessageStructure") != "json":
        return {"default": request["Message"]}
    try:
        found = json.loads(request["Message"])
    except ValueError:
        text = "Invalid parameter: Message Structure - JSON message body failed to parse"
        raise AwsError("InvalidParameter", text) from None
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        text = "Invalid parameter: Message Structure - No default entry in JSON message body"
        raise AwsError("InvalidParameter", text)
    return {key: value for key, value in found.items() if isinstance(value, str)}
