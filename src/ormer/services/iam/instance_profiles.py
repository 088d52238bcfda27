"""Instance profiles: a role under a name that instances would be given."""

from __future__ import annotations

import secrets
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.iam.profiled_roles import KIND, ROLES
from ormer.services.iam.roles import ROLE, get_role
from ormer.stores import resources
from ormer.stores.keys import ALPHABET
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

PROFILE = Noun(
    KIND,
    name="InstanceProfileName",
    arn="instance-profile/{name}",
    service="iam",
    arn_member="Arn",
    missing=("NoSuchEntity", "Instance Profile {name} cannot be found."),
    taken=("EntityAlreadyExists", "Instance Profile {name} already exists."),
    is_global=True,
    page=100,
    order="Ascending",
)


def create_instance_profile(call: Call, request: JsonDict) -> JsonDict:
    """Keep a profile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html

    Differs: there are no instances to be given it. Errors: EntityAlreadyExists.
    """
    path = request.get("Path", "/")
    row = PROFILE.create(
        call,
        request,
        arn=arns.arn("iam", "", call.account, f"instance-profile{path}{request['InstanceProfileName']}"),
        document={
            "Path": path,
            "InstanceProfileId": "AIPA" + "".join(secrets.choice(ALPHABET) for _ in range(17)),
        },
        facts={ROLES: []},
        event=False,
    )
    return {"InstanceProfile": _shown(call, row)}


def get_instance_profile(call: Call, request: JsonDict) -> JsonDict:
    """Answer a profile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html

    Errors: NoSuchEntity.
    """
    return {"InstanceProfile": _shown(call, PROFILE.get(call, request["InstanceProfileName"]))}


def list_instance_profiles(call: Call, request: JsonDict) -> JsonDict:
    """Page through profiles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html"""
    page = {"SortBy": "Name", "MaxResults": request.get("MaxItems", 100), "NextToken": request.get("Marker")}
    rows, more = PROFILE.rows(call, page)
    prefix = request.get("PathPrefix", "/")
    found = [_shown(call, row) for row in rows if row.document["Path"].startswith(prefix)]
    return {"InstanceProfiles": found, "IsTruncated": bool(more), "Marker": more.get("NextToken")}


def list_instance_profiles_for_role(call: Call, request: JsonDict) -> JsonDict:
    """List a role's profiles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html

    Errors: NoSuchEntity.
    """
    role = ROLE.get(call, request["RoleName"])
    rows, _ = PROFILE.rows(call, {"SortBy": "Name", "MaxResults": 100})
    found = [_shown(call, row) for row in rows if role.name in row.facts[ROLES]]
    return {"InstanceProfiles": found, "IsTruncated": False}


def add_role_to_instance_profile(call: Call, request: JsonDict) -> JsonDict:
    """Put a role into a profile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html

    Errors: NoSuchEntity, LimitExceeded for a second role.
    """
    with call.write():
        row = PROFILE.get(call, request["InstanceProfileName"])
        role = ROLE.get(call, request["RoleName"])
        if row.facts[ROLES]:
            text = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
            raise AwsError("LimitExceeded", text, 409)
        _keep(call, row, [role.name])
    return {}


def remove_role_from_instance_profile(call: Call, request: JsonDict) -> JsonDict:
    """Take a role out. https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html

    Errors: NoSuchEntity.
    """
    with call.write():
        row, name = PROFILE.get(call, request["InstanceProfileName"]), request["RoleName"]
        if name not in row.facts[ROLES]:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found in the profile.", 404)
        _keep(call, row, [one for one in row.facts[ROLES] if one != name])
    return {}


def delete_instance_profile(call: Call, request: JsonDict) -> JsonDict:
    """Delete an empty profile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html

    Errors: NoSuchEntity, DeleteConflict.
    """
    with call.write():
        row = PROFILE.get(call, request["InstanceProfileName"])
        if row.facts[ROLES]:
            text = "Cannot delete entity, must remove roles from instance profile first."
            raise AwsError("DeleteConflict", text, 409)
        PROFILE.remove(call, row)
    return {}


def _keep(call: Call, row: Row, roles: list[str]) -> None:
    with call.write() as tx:
        resources.save(tx, row, {}, now=call.now, facts={ROLES: roles})


def _shown(call: Call, row: Row) -> JsonDict:
    roles = [get_role(call, {"RoleName": name})["Role"] for name in row.facts[ROLES] if ROLE.find(call, name)]
    return {**row.document, "CreateDate": row.created, "Roles": roles, "Tags": tags_of(call, row.arn)}
