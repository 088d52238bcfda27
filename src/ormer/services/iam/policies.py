"""The account's own managed policies with their versions, beside AWS's."""

from __future__ import annotations

import secrets
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.iam.documents import parsed_policy, written_policy
from ormer.stores import managed_policies, resources
from ormer.stores.database import Tx
from ormer.stores.keys import ALPHABET
from ormer.stores.nouns import Noun, decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 100
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
VERSIONS_MAX = 5

POLICY = Noun(
    "Policy",
    name="PolicyName",
    arn="policy/{name}",
    service="iam",
    arn_member="Arn",
    missing=("NoSuchEntity", "Policy {arn} does not exist or is not attachable."),
    taken=("EntityAlreadyExists", "A policy called {name} already exists. Duplicate names are not allowed."),
    is_global=True,
    page=100,
    order="Ascending",
)


def create_policy(call: Call, request: JsonDict) -> JsonDict:
    """Store a managed policy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html

    Errors: EntityAlreadyExists, MalformedPolicyDocument.
    """
    document = parsed_policy(request["PolicyDocument"])
    path = request.get("Path", "/")
    row = POLICY.create(
        call,
        {key: value for key, value in request.items() if key != "PolicyDocument"},
        arn=arns.arn("iam", "", call.account, f"policy{path}{request['PolicyName']}"),
        document={
            "Path": path,
            "PolicyId": "ANPA" + "".join(secrets.choice(ALPHABET) for _ in range(17)),
            "DefaultVersionId": "v1",
            "IsAttachable": True,
        },
        # `policy` is the version in force, what the gate reads.
        facts={"policy": document, "versions": {"v1": {"document": document, "created": call.now}}, "last": 1},
        event=False,
    )
    return {"Policy": _shown(row)}


def get_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer a managed policy, AWS's own included. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html"""
    arn = request["PolicyArn"]
    with call.read() as tx:
        holders = _holders(tx, call, arn)
    known = _aws_own(arn) if managed_policies.document(arn) is not None else _shown(POLICY.get(call, arn))
    return {"Policy": {**known, "AttachmentCount": len(holders)}}


def list_policies(call: Call, request: JsonDict) -> JsonDict:
    """Page through managed policies: AWS's, then the account's own, by Scope. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    scope = request.get("Scope", "All")
    c = table.c
    found: list[JsonDict] = []
    if scope in ("All", "AWS"):
        found += [_aws_own(managed_policies.PREFIX + name) for name in sorted(managed_policies.MANAGED_POLICIES)]
    if scope in ("All", "Local"):
        with call.read() as tx:
            own = resources.select(
                tx, c.account == call.account, c.service == "iam", c.kind == POLICY.kind, order=c.name
            )
        found += [_shown(row) for row in own]
    found = [one for one in found if one["Path"].startswith(request.get("PathPrefix", "/"))]
    start = decode_token(request.get("Marker"))
    end = start + int(request.get("MaxItems", PAGE))
    more = {"IsTruncated": True, "Marker": encode_token(end)} if len(found) > end else {"IsTruncated": False}
    return {"Policies": found[start:end], **more}


def delete_policy(call: Call, request: JsonDict) -> JsonDict:
    """Delete a managed policy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html

    Errors: NoSuchEntity; DeleteConflict while it is attached.
    """
    with call.write() as tx:
        row = POLICY.get(call, request["PolicyArn"])
        if _holders(tx, call, row.arn):
            raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
        POLICY.remove(call, row)
    return {}


def list_entities_for_policy(call: Call, request: JsonDict) -> JsonDict:
    """List the roles and users a policy is attached to. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html"""
    with call.read() as tx:
        found = _holders(tx, call, request["PolicyArn"])
    roles = [{"RoleName": row.name, "RoleId": row.document.get("RoleId")} for row in found if row.kind == "Role"]
    users = [{"UserName": row.name, "UserId": row.document.get("UserId")} for row in found if row.kind == "User"]
    return {"PolicyRoles": roles, "PolicyUsers": users, "PolicyGroups": [], "IsTruncated": False}


def create_policy_version(call: Call, request: JsonDict) -> JsonDict:
    """Add a version, in force at once if asked. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html

    Errors: LimitExceeded beyond five versions.
    """
    document = parsed_policy(request["PolicyDocument"])
    with call.write() as tx:
        row = POLICY.get(call, request["PolicyArn"])
        versions = row.facts["versions"]
        if len(versions) >= VERSIONS_MAX:
            raise AwsError("LimitExceeded", f"A managed policy can have up to {VERSIONS_MAX} versions.", 409)
        number = int(row.facts["last"]) + 1
        name = f"v{number}"
        facts = {"versions": {**versions, name: {"document": document, "created": call.now}}, "last": number}
        row = resources.save(tx, row, {}, now=call.now, facts=facts)
        if request.get("SetAsDefault"):
            row = _put_in_force(tx, call, row, name)
    return {"PolicyVersion": _version(row, name)}


def set_default_policy_version(call: Call, request: JsonDict) -> JsonDict:
    """Put a version in force. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html"""
    with call.write() as tx:
        row = POLICY.get(call, request["PolicyArn"])
        _version(row, request["VersionId"])
        _put_in_force(tx, call, row, request["VersionId"])
    return {}


def get_policy_version(call: Call, request: JsonDict) -> JsonDict:
    """Answer a version's document. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html"""
    arn = request["PolicyArn"]
    known = managed_policies.document(arn)
    if known is None:
        return {"PolicyVersion": _version(POLICY.get(call, arn), request["VersionId"])}
    if request["VersionId"] != "v1":
        raise _no_version(arn, request["VersionId"])
    return {"PolicyVersion": {"Document": written_policy(known), "VersionId": "v1", "IsDefaultVersion": True}}


def list_policy_versions(call: Call, request: JsonDict) -> JsonDict:
    """List versions, newest first. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html"""
    row = POLICY.get(call, request["PolicyArn"])
    return {"Versions": [_version(row, name) for name in reversed(row.facts["versions"])], "IsTruncated": False}


def delete_policy_version(call: Call, request: JsonDict) -> JsonDict:
    """Delete a version that is not in force. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html"""
    with call.write() as tx:
        row = POLICY.get(call, request["PolicyArn"])
        if _version(row, request["VersionId"])["IsDefaultVersion"]:
            raise AwsError("DeleteConflict", "Cannot delete the default version of a policy.", 409)
        kept = {name: one for name, one in row.facts["versions"].items() if name != request["VersionId"]}
        resources.save(tx, row, {}, now=call.now, facts={"versions": kept})
    return {}


def _put_in_force(tx: Tx, call: Call, row: Row, name: str) -> Row:
    facts = {"policy": row.facts["versions"][name]["document"]}
    return resources.save(tx, row, {"DefaultVersionId": name}, now=call.now, facts=facts)


def _version(row: Row, name: str) -> JsonDict:
    found = row.facts["versions"].get(name)
    if found is None:
        raise _no_version(row.arn, name)
    return {
        "Document": written_policy(found["document"]),
        "VersionId": name,
        "IsDefaultVersion": name == row.document["DefaultVersionId"],
        "CreateDate": found["created"],
    }


def _no_version(arn: str, name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Policy {arn} version {name} does not exist or is not attachable.", 404)


def _aws_own(arn: str) -> JsonDict:
    name = arn.rsplit("/", 1)[-1]
    return {"PolicyName": name, "Arn": arn, "Path": "/", "DefaultVersionId": "v1", "IsAttachable": True}


def _holders(tx: Tx, call: Call, arn: str) -> list[Row]:
    """The roles and users with the policy attached."""
    c = table.c
    rows = resources.select(tx, c.account == call.account, c.service == "iam", c.kind.in_(("Role", "User")))
    return [row for row in rows if arn in row.facts.get("attached", ())]


def _shown(row: Row) -> JsonDict:
    return {**row.document, "Arn": row.arn, "CreateDate": row.created, "UpdateDate": row.modified}
