"""AWS::StepFunctions::StateMachineAlias: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE, NAME = "stepfunctions", "Name"


def _routes(site: Site, properties: JsonDict) -> list[JsonDict]:
    """Which versions it stands for. A gradual deployment comes to its end at once: nothing is shifted in steps here."""
    if "RoutingConfiguration" in properties:
        return list(properties["RoutingConfiguration"])
    preference = properties.get("DeploymentPreference") or {}
    if not preference.get("StateMachineVersionArn"):
        raise Refused(f"{site.logical_id}: give RoutingConfiguration or DeploymentPreference.")
    if preference.get("Type") not in (None, "ALL_AT_ONCE"):
        raise Refused(f"{site.logical_id}: deployments of state machines are ALL_AT_ONCE here.")
    return [{"StateMachineVersionArn": preference["StateMachineVersionArn"], "Weight": 100}]


def _create(site: Site, properties: JsonDict) -> Made:
    request = {NAME: text_of(properties.get(NAME) or site.name(80)), **pick(properties, ("Description",))}
    request["RoutingConfiguration"] = _routes(site, properties)
    arn = str(site.make(SERVICE, "CreateStateMachineAlias", request)["stateMachineAliasArn"])
    return Made(arn, {"Arn": arn})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    request = {"RoutingConfiguration": _routes(site, properties), **pick(properties, ("Description",))}
    site.make(SERVICE, "UpdateStateMachineAlias", {"StateMachineAliasArn": held.physical_id, **request})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteStateMachineAlias", {"stateMachineAliasArn": held.physical_id})


TYPE = ResourceType(
    "AWS::StepFunctions::StateMachineAlias",
    _create,
    _delete,
    words("DeploymentPreference Description RoutingConfiguration", NAME),
    _update,
    words(NAME),
    attributes=words("Arn"),
    named_by=NAME,
    taggable=False,
)
