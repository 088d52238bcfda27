"""AWS::IAM::User, with policies written into it and attached to it: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.iam_texts import bring

JsonDict = dict[str, Any]
NAME = "UserName"
NAME_LENGTH_MAX = 64
BOUNDARY = "PermissionsBoundary"


def _create(site: Site, properties: JsonDict) -> Made:
    _check(properties)
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    made = site.make("iam", "CreateUser", {**pick(properties, ("Path", BOUNDARY)), NAME: name})["User"]
    bring(site, "User", name, {}, properties)
    return Made(name, {"Arn": made["Arn"]}, made["Arn"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _check(properties)
    bring(site, "User", held.physical_id, held.properties, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _check(properties: JsonDict) -> None:
    """Raise Refused for what would let the user be more, or less, than it seems."""
    refused = [name for name in ("Groups", "LoginProfile") if properties.get(name)]
    if refused:
        raise Refused(f"ormer has no {refused[0]} of IAM users: write the policies into the user, and leave it out.")


def _delete(site: Site, held: Held) -> None:
    bring(site, "User", held.physical_id, held.properties, {})
    site.call("iam", "DeleteUser", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::IAM::User",
    _create,
    _delete,
    words("Groups LoginProfile ManagedPolicyArns Path Policies", NAME, BOUNDARY),
    _update,
    words("Path", NAME, BOUNDARY),
    attributes=words("Arn"),
    named_by=NAME,
    iam=True,
)
