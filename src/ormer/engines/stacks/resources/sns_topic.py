"""AWS::SNS::Topic, with subscriptions written into it: Ref gives its ARN."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "TopicName"
# Properties that SetTopicAttributes knows by the same names.
ATTRIBUTES = (
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)


def _create(site: Site, properties: JsonDict) -> Made:
    is_fifo = text_of(properties.get("FifoTopic", False)).lower() == "true"
    name = text_of(properties.get(NAME) or site.name(250) + (".fifo" if is_fifo else ""))
    attributes = {key: _text(properties[key]) for key in ATTRIBUTES if key in properties}
    if is_fifo:
        attributes["FifoTopic"] = "true"
    tags = {"Tags": site.tags} if site.tags else {}
    arn = str(site.call("sns", "CreateTopic", {"Name": name, "Attributes": attributes, **tags})["TopicArn"])
    _subscribe(site, arn, [], properties)
    return Made(arn, {NAME: name, "TopicArn": arn}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    for key in ATTRIBUTES:
        if plain(properties.get(key)) != plain(held.properties.get(key)):
            change = {"AttributeName": key, "AttributeValue": _text(properties.get(key, ""))}
            site.call("sns", "SetTopicAttributes", {"TopicArn": held.arn, **change})
    _subscribe(site, held.arn, held.properties.get("Subscription", []), properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _subscribe(site: Site, arn: str, before: list[JsonDict], properties: JsonDict) -> None:
    """Subscribe who is new; who is left out of the template stays subscribed, as with CloudFormation."""
    for each in properties.get("Subscription", []):
        if each not in before:
            site.make("sns", "Subscribe", each, TopicArn=arn)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else text_of(value)


def _delete(site: Site, held: Held) -> None:
    site.call("sns", "DeleteTopic", {"TopicArn": held.arn})


TYPE = ResourceType(
    "AWS::SNS::Topic",
    _create,
    _delete,
    words("FifoTopic Subscription", NAME, *ATTRIBUTES),
    _update,
    words("FifoTopic", NAME),
    attributes=words("TopicArn", NAME),
    named_by=NAME,
)
