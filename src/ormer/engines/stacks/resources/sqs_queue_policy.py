"""AWS::SQS::QueuePolicy: one policy for several queues; Ref gives an id of the stack's making."""

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
    _set(site, _queues(properties), policy if isinstance(policy, str) else json.dumps(policy))
    name = site.name()
    return Made(name, {"Id": name})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    made = _create(site, properties)
    _set(site, (queue for queue in _queues(held.properties) if queue not in _queues(properties)), "")
    return made


def _delete(site: Site, held: Held) -> None:
    _set(site, _queues(held.properties), "")


def _queues(properties: JsonDict) -> list[str]:
    return [text_of(queue) for queue in properties["Queues"]]


def _set(site: Site, queues: Iterable[str], policy: str) -> None:
    """Give the queues a policy, or take it away."""
    for queue in queues:
        site.call("sqs", "SetQueueAttributes", {"QueueUrl": queue, "Attributes": {"Policy": policy}})


TYPE = ResourceType(
    "AWS::SQS::QueuePolicy",
    _create,
    _delete,
    words("PolicyDocument Queues"),
    _update,
    frozenset(),
    ("PolicyDocument", "Queues"),
    words("Id"),
    taggable=False,
)
