"""AWS::StepFunctions::Activity: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "Name"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(80))
    arn = str(site.call("stepfunctions", "CreateActivity", {"name": name})["activityArn"])
    return Made(arn, {"Arn": arn, NAME: name}, arn)


def _delete(site: Site, held: Held) -> None:
    site.call("stepfunctions", "DeleteActivity", {"activityArn": held.physical_id})


TYPE = ResourceType(
    "AWS::StepFunctions::Activity",
    _create,
    _delete,
    words(NAME),
    required=(NAME,),
    attributes=words("Arn", NAME),
    named_by=NAME,
)
