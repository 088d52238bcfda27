"""AWS::SNS::Subscription: Ref gives its ARN."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)


def _create(site: Site, properties: JsonDict) -> Made:
    attributes = {key: _text(properties[key]) for key in ATTRIBUTES if key in properties}
    request = pick(properties, ("TopicArn", "Protocol", "Endpoint"))
    answer = site.make("sns", "Subscribe", request, Attributes=attributes, ReturnSubscriptionArn=True)
    arn = str(answer["SubscriptionArn"])
    return Made(arn, {"Arn": arn})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    for key in ATTRIBUTES:
        if plain(properties.get(key)) != plain(held.properties.get(key)):
            value = _text(properties[key]) if key in properties else "{}" if key.endswith("Policy") else ""
            change = {"AttributeName": key, "AttributeValue": value}
            site.call("sns", "SetSubscriptionAttributes", {"SubscriptionArn": held.physical_id, **change})
    return Made(held.physical_id, held.attributes)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else text_of(value)


def _delete(site: Site, held: Held) -> None:
    site.call("sns", "Unsubscribe", {"SubscriptionArn": held.physical_id})


TYPE = ResourceType(
    "AWS::SNS::Subscription",
    _create,
    _delete,
    words("Endpoint Protocol TopicArn", *ATTRIBUTES),
    _update,
    words("Endpoint Protocol TopicArn"),
    ("TopicArn", "Protocol"),
    words("Arn"),
    taggable=False,
)
