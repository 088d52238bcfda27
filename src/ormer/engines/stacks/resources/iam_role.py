"""AWS::IAM::Role, with policies written into it and attached to it: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.iam_texts import bring, document

JsonDict = dict[str, Any]
NAME, TRUST, BOUNDARY = "RoleName", "AssumeRolePolicyDocument", "PermissionsBoundary"
NAME_LENGTH_MAX = 64


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    request = {**pick(properties, ("Path", "Description", "MaxSessionDuration", BOUNDARY)), NAME: name}
    made = site.make("iam", "CreateRole", {**request, TRUST: document(properties[TRUST])})["Role"]
    bring(site, "Role", name, {}, properties)
    return Made(name, {NAME: name, "Arn": made["Arn"], "RoleId": made["RoleId"]}, made["Arn"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = held.physical_id
    if plain(properties[TRUST]) != plain(held.properties[TRUST]):
        trust = document(properties[TRUST])
        site.call("iam", "UpdateAssumeRolePolicy", {NAME: name, "PolicyDocument": trust})
    described = {"Description": "", "MaxSessionDuration": 3600}
    changed = {**described, **pick(properties, described)}
    site.make("iam", "UpdateRole", {NAME: name, **changed})
    if properties.get(BOUNDARY) != held.properties.get(BOUNDARY):
        if BOUNDARY in properties:
            site.make("iam", "PutRolePermissionsBoundary", {NAME: name, BOUNDARY: properties[BOUNDARY]})
        else:
            site.call("iam", "DeleteRolePermissionsBoundary", {NAME: name})
    bring(site, "Role", name, held.properties, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    bring(site, "Role", held.physical_id, held.properties, {})
    site.call("iam", "DeleteRole", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::IAM::Role",
    _create,
    _delete,
    words("Description ManagedPolicyArns MaxSessionDuration Path Policies", NAME, TRUST, BOUNDARY),
    _update,
    words("Path", NAME),
    (TRUST,),
    words("Arn RoleId", NAME),
    NAME,
    iam=True,
)
