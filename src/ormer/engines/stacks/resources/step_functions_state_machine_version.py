"""AWS::StepFunctions::StateMachineVersion: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    request = {**pick(properties, ("StateMachineArn", "Description"))}
    if "StateMachineRevisionId" in properties:
        request["RevisionId"] = properties["StateMachineRevisionId"]
    arn = str(site.make("stepfunctions", "PublishStateMachineVersion", request)["stateMachineVersionArn"])
    return Made(arn, {"Arn": arn})


def _delete(site: Site, held: Held) -> None:
    site.call("stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": held.physical_id})


TYPE = ResourceType(
    "AWS::StepFunctions::StateMachineVersion",
    _create,
    _delete,
    words("Description StateMachineArn StateMachineRevisionId"),
    required=("StateMachineArn",),
    attributes=words("Arn"),
    taggable=False,
)
