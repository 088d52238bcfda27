"""SNS's JSON envelope and the headers beside it.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ormer.aws.clock import iso
from ormer.stores.resources import Row
from ormer.stores.topics.deliveries import CONFIRMATION
from ormer.stores.topics.subscriptions import PATH

JsonDict = dict[str, Any]
AGENT = "Amazon Simple Notification Service Agent"
# AWS signs with a certificate of its own; whoever verifies that would have to trust ours.
UNSIGNED = {"SignatureVersion": "1", "Signature": "", "SigningCertURL": ""}


def body(subscription: Row, delivery: Mapping[str, Any], endpoint: str) -> bytes:
    """What is posted: the envelope, or the bare message for RawMessageDelivery. endpoint: where this server listens."""
    content = delivery["content"]
    if is_raw(subscription, delivery):
        return str(content["Message"]).encode()
    envelope: JsonDict = {
        "Type": delivery["type"],
        "MessageId": delivery["message_id"],
        "TopicArn": subscription.parent,
        **({"Subject": content["Subject"]} if "Subject" in content else {}),
        "Message": content["Message"],
        "Timestamp": iso(delivery["created"]),
        **UNSIGNED,
    }
    if delivery["type"] == CONFIRMATION:
        asked = urlencode({"TopicArn": subscription.parent, "Token": content["Token"]})
        envelope |= {"Token": content["Token"], "SubscribeURL": f"{endpoint}{PATH}?{asked}"}
    elif content.get("MessageAttributes"):
        envelope["MessageAttributes"] = {
            name: {"Type": one["DataType"], "Value": one.get("StringValue", "")}
            for name, one in content["MessageAttributes"].items()
        }
    return json.dumps(envelope, indent=2).encode()


def record(subscription: Row, delivery: Mapping[str, Any]) -> bytes:
    """What a function is asked with. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    content = delivery["content"]
    attributes = {
        name: {"Type": one["DataType"], "Value": one.get("StringValue", "")}
        for name, one in content.get("MessageAttributes", {}).items()
    }
    message = {
        "Type": delivery["type"],
        "MessageId": delivery["message_id"],
        "TopicArn": subscription.parent,
        "Subject": content.get("Subject"),
        "Message": content["Message"],
        "Timestamp": iso(delivery["created"]),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertUrl": "",
        "UnsubscribeUrl": "",
        "MessageAttributes": attributes,
    }
    about = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn}
    return json.dumps({"Records": [{**about, "Sns": message}]}).encode()


def headers(subscription: Row, delivery: Mapping[str, Any]) -> dict[str, str]:
    """The headers that tell what is posted."""
    found = {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": AGENT,
        "x-amz-sns-message-type": delivery["type"],
        "x-amz-sns-message-id": delivery["message_id"],
        "x-amz-sns-topic-arn": subscription.parent,
    }
    if delivery["type"] != CONFIRMATION:
        found["x-amz-sns-subscription-arn"] = subscription.arn
    if is_raw(subscription, delivery):
        found["x-amz-sns-rawdelivery"] = "true"
    return found


def is_raw(subscription: Row, delivery: Mapping[str, Any]) -> bool:
    """Whether the message goes without its envelope; a confirmation never does."""
    wanted = str(subscription.document["Attributes"].get("RawMessageDelivery", "false"))
    return wanted.lower() == "true" and delivery["type"] != CONFIRMATION
