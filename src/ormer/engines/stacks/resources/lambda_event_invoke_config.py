"""AWS::Lambda::EventInvokeConfig: how asynchronous invocations are tried again. Ref gives an id of its own."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
WHOSE = ("FunctionName", "Qualifier")


def _create(site: Site, properties: JsonDict) -> Made:
    site.make("lambda", "PutFunctionEventInvokeConfig", properties)
    return Made(site.name())


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make("lambda", "PutFunctionEventInvokeConfig", properties)
    return Made(held.physical_id)


def _delete(site: Site, held: Held) -> None:
    site.make("lambda", "DeleteFunctionEventInvokeConfig", pick(held.properties, WHOSE))


TYPE = ResourceType(
    "AWS::Lambda::EventInvokeConfig",
    _create,
    _delete,
    words("DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts", *WHOSE),
    _update,
    words(*WHOSE),
    WHOSE,
    taggable=False,
)
