"""Users and their access keys: people and programs that sign with keys of their own."""

from __future__ import annotations

import secrets
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.services.iam.documents import with_boundary
from ormer.stores import tagging
from ormer.stores.keys import ALPHABET
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

USER = Noun(
    "User",
    name="UserName",
    arn="user/{name}",
    service="iam",
    arn_member="Arn",
    missing=("NoSuchEntity", "The user with name {name} cannot be found."),
    taken=("EntityAlreadyExists", "User with name {name} already exists."),
    is_global=True,
    page=100,
    order="Ascending",
)


def create_user(call: Call, request: JsonDict) -> JsonDict:
    """Store a user. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""
    path = request.get("Path", "/")
    row = USER.create(
        call,
        request,
        arn=arns.arn("iam", "", call.account, f"user{path}{request['UserName']}"),
        document={"Path": path, "UserId": "AIDA" + "".join(secrets.choice(ALPHABET) for _ in range(17))},
        facts={"attached": [], "inline": {}, "boundary": request.get("PermissionsBoundary")},
        event=False,
    )
    return {"User": _shown(call, row)}


def get_user(call: Call, request: JsonDict) -> JsonDict:
    """Answer a user; without a name, the caller. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html"""
    if "UserName" in request:
        return {"User": _shown(call, USER.get(call, request["UserName"]))}
    caller = call.identity
    return {
        "User": {
            "UserName": caller.name,
            "UserId": caller.user_id,
            "Arn": caller.arn,
            "Path": "/",
            "CreateDate": call.now,
        }
    }


def list_users(call: Call, request: JsonDict) -> JsonDict:
    """Page through users. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html"""
    rows, more = USER.rows(
        call, {"SortBy": "Name", "MaxResults": request.get("MaxItems", 100), "NextToken": request.get("Marker")}
    )
    return {"Users": [_shown(call, row) for row in rows], "IsTruncated": bool(more), "Marker": more.get("NextToken")}


def delete_user(call: Call, request: JsonDict) -> JsonDict:
    """Delete a user who has no keys and no policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html"""
    with call.write() as tx:
        row = USER.get(call, request["UserName"])
        if call.stores.keys.of(tx, row.arn):
            raise AwsError("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409)
        if row.facts.get("attached"):
            raise AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
        if row.facts.get("inline"):
            raise AwsError("DeleteConflict", "Cannot delete entity, must delete policies first.", 409)
        USER.remove(call, row)
    return {}


def create_access_key(call: Call, request: JsonDict) -> JsonDict:
    """Make a key for a user; its secret is answered only now. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html"""
    with call.write() as tx:
        if "UserName" in request:
            row = USER.get(call, request["UserName"])
            identity = Identity(row.account, row.arn, "user", row.document["UserId"], name=row.name)
        else:
            identity = call.identity
        key = call.stores.keys.make(tx, identity)
    return {
        "AccessKey": {
            "UserName": identity.name,
            "AccessKeyId": key.access_key_id,
            "Status": "Active",
            "SecretAccessKey": key.secret,
            "CreateDate": call.now,
        }
    }


def list_access_keys(call: Call, request: JsonDict) -> JsonDict:
    """List a user's keys. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html"""
    arn = USER.get(call, request["UserName"]).arn if "UserName" in request else call.identity.arn
    with call.read() as tx:
        keys = call.stores.keys.of(tx, arn)
    shown = [
        {
            "UserName": key["identity"]["name"],
            "AccessKeyId": key["access_key_id"],
            "Status": key["status"],
            "CreateDate": key["created"],
        }
        for key in keys
    ]
    return {"AccessKeyMetadata": shown, "IsTruncated": False}


def delete_access_key(call: Call, request: JsonDict) -> JsonDict:
    """Revoke a key. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html"""
    with call.write() as tx:
        identity = call.stores.keys.owner(tx, request["AccessKeyId"])
        if identity is None or identity.account != call.account:
            raise AwsError("NoSuchEntity", f"The Access Key with id {request['AccessKeyId']} cannot be found.", 404)
        if identity.is_root:
            raise AwsError("DeleteConflict", "The root key of this home cannot be deleted.", 409)
        call.stores.keys.revoke(tx, request["AccessKeyId"])
    return {}


def update_access_key(call: Call, request: JsonDict) -> JsonDict:
    """Let a key sign, or not for now. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html"""
    arn = USER.get(call, request["UserName"]).arn if "UserName" in request else call.identity.arn
    with call.write() as tx:
        if request["AccessKeyId"] not in {key["access_key_id"] for key in call.stores.keys.of(tx, arn)}:
            raise AwsError("NoSuchEntity", f"The Access Key with id {request['AccessKeyId']} cannot be found.", 404)
        if arn.endswith(":root"):
            raise AwsError("UnmodifiableEntity", "The root key of this home cannot be switched off.", 400)
        call.stores.keys.switch(tx, request["AccessKeyId"], request["Status"])
    return {}


def tag_user(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a user. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html"""
    row = USER.get(call, request["UserName"])
    with call.write() as tx:
        tagging.put(tx, row.arn, request["Tags"])
    return {}


def untag_user(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a user. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html"""
    row = USER.get(call, request["UserName"])
    with call.write() as tx:
        tagging.remove(tx, row.arn, request["TagKeys"])
    return {}


def list_user_tags(call: Call, request: JsonDict) -> JsonDict:
    """List a user's tags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html"""
    return {"Tags": tags_of(call, USER.get(call, request["UserName"]).arn), "IsTruncated": False}


def _shown(call: Call, row: Row) -> JsonDict:
    shown = {**row.document, "Arn": row.arn, "CreateDate": row.created, "Tags": tags_of(call, row.arn)}
    return shown | with_boundary(row)
