"""AWS::SNS::TopicPolicy: one policy for several topics; Ref gives an id of the stack's making."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    policy = properties["PolicyDocument"]
    _set(site, _topics(properties), policy if isinstance(policy, str) else json.dumps(policy))
    name = site.name()
    return Made(name, {"Id": name})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    made = _create(site, properties)
    _set(site, (topic for topic in _topics(held.properties) if topic not in _topics(properties)), "")
    return made


def _delete(site: Site, held: Held) -> None:
    _set(site, _topics(held.properties), "")


def _topics(properties: JsonDict) -> list[str]:
    return [text_of(topic) for topic in properties["Topics"]]


def _set(site: Site, topics: Iterable[str], policy: str) -> None:
    """Give the topics a policy; without one each has the policy that a new topic has."""
    for topic in topics:
        change = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}
        site.call("sns", "SetTopicAttributes", change)


TYPE = ResourceType(
    "AWS::SNS::TopicPolicy",
    _create,
    _delete,
    words("PolicyDocument Topics"),
    _update,
    frozenset(),
    ("PolicyDocument", "Topics"),
    words("Id"),
    taggable=False,
)
