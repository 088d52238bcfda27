"""AWS::Lambda::EventSourceMapping: Ref and Id give its UUID."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, without
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SOURCE = "EventSourceArn"
CHANGEABLE = words(
    "BatchSize Enabled FilterCriteria FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds ScalingConfig"
)


def _create(site: Site, properties: JsonDict) -> Made:
    return _made(site.make("lambda", "CreateEventSourceMapping", properties))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = without(properties, SOURCE)
    return _made(site.make("lambda", "UpdateEventSourceMapping", {**change, "UUID": held.physical_id}))


def _delete(site: Site, held: Held) -> None:
    site.call("lambda", "DeleteEventSourceMapping", {"UUID": held.physical_id})


def _made(answer: JsonDict) -> Made:
    id_, arn = str(answer["UUID"]), str(answer["EventSourceMappingArn"])
    return Made(id_, {"Id": id_, "EventSourceMappingArn": arn}, arn)


TYPE = ResourceType(
    "AWS::Lambda::EventSourceMapping",
    _create,
    _delete,
    words(SOURCE, *CHANGEABLE),
    _update,
    words(SOURCE),
    ("FunctionName",),
    words("EventSourceMappingArn Id"),
)
