"""Roles: what jobs, pipelines and people act as."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import quote

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.iam.documents import parsed_policy, with_boundary
from ormer.services.iam.profiled_roles import in_profile
from ormer.stores import tagging
from ormer.stores.keys import ALPHABET
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

ROLE = Noun(
    "Role",
    name="RoleName",
    arn="role/{name}",
    service="iam",
    arn_member="Arn",
    missing=("NoSuchEntity", "The role with name {name} cannot be found."),
    taken=("EntityAlreadyExists", "Role with name {name} already exists."),
    is_global=True,
    page=100,
    order="Ascending",
)


def create_role(call: Call, request: JsonDict) -> JsonDict:
    """Store a role with its trust policy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html

    Errors: EntityAlreadyExists, MalformedPolicyDocument.
    """
    name, path = request["RoleName"], request.get("Path", "/")
    parsed_policy(request["AssumeRolePolicyDocument"])
    row = ROLE.create(
        call,
        request,
        arn=arns.arn("iam", "", call.account, f"role{path}{name}"),
        document={
            "Path": path,
            "RoleId": "AROA" + "".join(secrets.choice(ALPHABET) for _ in range(17)),
            "MaxSessionDuration": request.get("MaxSessionDuration", 3600),
        },
        facts={"attached": [], "inline": {}, "boundary": request.get("PermissionsBoundary")},
        event=False,
    )
    return {"Role": _shown(call, row)}


def get_role(call: Call, request: JsonDict) -> JsonDict:
    """Answer a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html  Errors: NoSuchEntity."""
    return {"Role": _shown(call, ROLE.get(call, request["RoleName"]))}


def list_roles(call: Call, request: JsonDict) -> JsonDict:
    """Page through the account's roles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html"""
    rows, more = ROLE.rows(
        call, {"SortBy": "Name", "MaxResults": request.get("MaxItems", 100), "NextToken": request.get("Marker")}
    )
    prefix = request.get("PathPrefix", "/")
    return {
        "Roles": [_shown(call, row) for row in rows if row.document.get("Path", "/").startswith(prefix)],
        "IsTruncated": bool(more),
        "Marker": more.get("NextToken"),
    }


def update_role(call: Call, request: JsonDict) -> JsonDict:
    """Change a role's description or longest session. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html"""
    change: JsonDict = {key: request[key] for key in ("Description", "MaxSessionDuration") if key in request}
    with call.write():
        ROLE.save(call, ROLE.get(call, request["RoleName"]), change)
    return {}


def update_assume_role_policy(call: Call, request: JsonDict) -> JsonDict:
    """Replace a role's trust policy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html"""
    parsed_policy(request["PolicyDocument"])
    with call.write():
        ROLE.save(call, ROLE.get(call, request["RoleName"]), {"AssumeRolePolicyDocument": request["PolicyDocument"]})
    return {}


def delete_role(call: Call, request: JsonDict) -> JsonDict:
    """Delete a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html

    Errors: NoSuchEntity; DeleteConflict while policies are attached or written into it, or an instance profile has it.
    """
    with call.write() as tx:
        row = ROLE.get(call, request["RoleName"])
        if row.facts.get("attached"):
            raise AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
        if row.facts.get("inline"):
            raise AwsError("DeleteConflict", "Cannot delete entity, must delete policies first.", 409)
        if in_profile(tx, call.account, row.name):
            raise AwsError(
                "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409
            )
        ROLE.remove(call, row)
    return {}


def tag_role(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html"""
    row = ROLE.get(call, request["RoleName"])
    with call.write() as tx:
        tagging.put(tx, row.arn, request["Tags"])
    return {}


def untag_role(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html"""
    row = ROLE.get(call, request["RoleName"])
    with call.write() as tx:
        tagging.remove(tx, row.arn, request["TagKeys"])
    return {}


def list_role_tags(call: Call, request: JsonDict) -> JsonDict:
    """List a role's tags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html"""
    return {"Tags": tags_of(call, ROLE.get(call, request["RoleName"]).arn), "IsTruncated": False}


def _shown(call: Call, row: Row) -> JsonDict:
    trust = row.document["AssumeRolePolicyDocument"]
    text = trust if isinstance(trust, str) else json.dumps(trust)
    return {
        **row.document,
        **with_boundary(row),
        "Arn": row.arn,
        "RoleId": row.document.get("RoleId", "AROA" + row.name.upper()[:17].ljust(17, "A")),
        "CreateDate": row.created,
        "AssumeRolePolicyDocument": quote(text, safe=""),
        "Tags": tags_of(call, row.arn),
    }
