"""AWS::IAM::InstanceProfile: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import switched
from ormer.engines.stacks.resources.iam_texts import texts

JsonDict = dict[str, Any]
NAME, ROLES = "InstanceProfileName", "Roles"
NAME_LENGTH_MAX = 128


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    arn = site.make("iam", "CreateInstanceProfile", {**pick(properties, ("Path",)), NAME: name})["InstanceProfile"][
        "Arn"
    ]
    _bring(site, name, {}, properties)
    return Made(name, {"Arn": arn}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _bring(site, held.physical_id, held.properties, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _bring(site: Site, name: str, before: JsonDict, after: JsonDict) -> None:
    """Make the profile's role that of the template."""
    added, gone = switched(texts(before.get(ROLES)), texts(after.get(ROLES)))
    for role in gone:
        site.call("iam", "RemoveRoleFromInstanceProfile", {NAME: name, "RoleName": role})
    for role in added:
        site.call("iam", "AddRoleToInstanceProfile", {NAME: name, "RoleName": role})


def _delete(site: Site, held: Held) -> None:
    _bring(site, held.physical_id, held.properties, {})
    site.call("iam", "DeleteInstanceProfile", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::IAM::InstanceProfile",
    _create,
    _delete,
    words("Path", NAME, ROLES),
    _update,
    words("Path", NAME),
    (ROLES,),
    words("Arn"),
    NAME,
    taggable=False,
    iam=True,
)
