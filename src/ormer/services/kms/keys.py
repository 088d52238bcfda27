"""Keys: made here and sealed under this home's key file; their material never leaves."""

from __future__ import annotations

import base64
import json
import math
import os
import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PENDING_DAYS = 30
AWS_ALIAS = "alias/aws/"

KEY = Noun(
    "Key",
    name="KeyId",
    arn="key/{name}",
    service="kms",
    arn_member="Arn",
    missing=("NotFoundException", "Key '{arn}' does not exist"),
    page=100,
    order="Ascending",
)
ALIAS = Noun(
    "Alias",
    name="AliasName",
    arn="{name}",
    service="kms",
    arn_member="AliasArn",
    missing=("NotFoundException", "Alias {arn} is not found."),
    taken=("AlreadyExistsException", "An alias with the name {arn} already exists"),
    page=100,
    order="Ascending",
)


def create_key(call: Call, request: JsonDict) -> JsonDict:
    """Make a symmetric key. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html

    Errors: UnsupportedOperationException for other key specs.
    """
    spec = request.get("KeySpec", request.get("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"))
    if spec != "SYMMETRIC_DEFAULT":
        raise AwsError(
            "UnsupportedOperationException", f"Keys of spec {spec} are not made here; use SYMMETRIC_DEFAULT."
        )
    if request.get("KeyUsage", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
        raise AwsError("ValidationException", "A SYMMETRIC_DEFAULT key has the usage ENCRYPT_DECRYPT.")
    return {"KeyMetadata": _shown(_made(call, request, {"KeyManager": "CUSTOMER"}))}


def _made(call: Call, request: JsonDict, more: JsonDict) -> Row:
    """A new key; its material is sealed under the home's key file and never leaves."""
    name = str(uuid.uuid4())
    secret = base64.b64encode(os.urandom(32)).decode()
    policy = request.get("Policy") or _default_policy(call.account)
    _checked_policy(policy)
    pairs = [{"Key": pair["TagKey"], "Value": pair["TagValue"]} for pair in request.get("Tags", ())]
    document = {
        "AWSAccountId": call.account,
        "KeyId": name,
        "Description": request.get("Description", ""),
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "Enabled": True,
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "MultiRegion": bool(request.get("MultiRegion", False)),
        **more,
    }
    facts = {"material": base64.b64encode(call.stores.vault.seal(secret, name)).decode(), "policy": policy}
    with call.write() as tx:
        row = KEY.create(call, {}, name=name, document=document, facts=facts)
        tagging.put(tx, row.arn, pairs)
    return row


def describe_key(call: Call, request: JsonDict) -> JsonDict:
    """Answer a key by id, ARN or alias. https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html"""
    return {"KeyMetadata": _shown(key_of(call, request["KeyId"]))}


def list_keys(call: Call, request: JsonDict) -> JsonDict:
    """Page through keys. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html"""
    rows, more = KEY.rows(call, {"MaxResults": request.get("Limit", 100), "NextToken": request.get("Marker")})
    shown = [{"KeyId": row.name, "KeyArn": row.arn} for row in rows]
    return {"Keys": shown, "Truncated": bool(more), "NextMarker": more.get("NextToken")}


def get_key_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer a key's policy. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html"""
    return {"Policy": key_of(call, request["KeyId"]).facts["policy"], "PolicyName": "default"}


def put_key_policy(call: Call, request: JsonDict) -> JsonDict:
    """Replace a key's policy. https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html

    Differs: kept and answered; identity policies decide.
    """
    _checked_policy(request["Policy"])
    with call.write() as tx:
        resources.save(tx, key_of(call, request["KeyId"]), {}, now=call.now, facts={"policy": request["Policy"]})
    return {}


def _checked_policy(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError("MalformedPolicyDocumentException", f"The policy is not valid JSON: {error}.") from None


def list_key_policies(call: Call, request: JsonDict) -> JsonDict:
    """List the names of a key's policies: always `default`. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html"""
    key_of(call, request["KeyId"])
    return {"PolicyNames": ["default"], "Truncated": False}


def list_resource_tags(call: Call, request: JsonDict) -> JsonDict:
    """List a key's tags. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html"""
    row = key_of(call, request["KeyId"])
    with call.read() as tx:
        found = tagging.of(tx, row.arn)
    return {"Tags": [{"TagKey": key, "TagValue": value} for key, value in found.items()], "Truncated": False}


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html"""
    row = key_of(call, request["KeyId"])
    with call.write() as tx:
        tagging.put(tx, row.arn, [{"Key": pair["TagKey"], "Value": pair["TagValue"]} for pair in request["Tags"]])
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html"""
    row = key_of(call, request["KeyId"])
    with call.write() as tx:
        tagging.remove(tx, row.arn, request["TagKeys"])
    return {}


def update_key_description(call: Call, request: JsonDict) -> JsonDict:
    """Describe a key anew. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html"""
    return _switch(call, request["KeyId"], {"Description": request["Description"]})


def enable_key(call: Call, request: JsonDict) -> JsonDict:
    """Let a key be used. https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html"""
    return _switch(call, request["KeyId"], {"Enabled": True, "KeyState": "Enabled"})


def disable_key(call: Call, request: JsonDict) -> JsonDict:
    """Keep a key from being used. https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html"""
    return _switch(call, request["KeyId"], {"Enabled": False, "KeyState": "Disabled"})


def schedule_key_deletion(call: Call, request: JsonDict) -> JsonDict:
    """Disable a key and say when it goes. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""
    days = int(request.get("PendingWindowInDays", PENDING_DAYS))
    row = key_of(call, request["KeyId"])
    if row.document["KeyState"] == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{row.arn} is pending deletion.")
    when = call.now + days * 86_400
    _switch(call, row.arn, {"Enabled": False, "KeyState": "PendingDeletion", "DeletionDate": when})
    return {"KeyId": row.arn, "DeletionDate": when, "KeyState": "PendingDeletion", "PendingWindowInDays": days}


def cancel_key_deletion(call: Call, request: JsonDict) -> JsonDict:
    """Keep a key whose deletion was asked for; it stays disabled. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html"""
    row = key_of(call, request["KeyId"])
    if row.document["KeyState"] != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{row.arn} is not pending deletion.")
    with call.write():
        KEY.save(call, row, {"Enabled": False, "KeyState": "Disabled"}, drop=("DeletionDate",))
    return {"KeyId": row.arn}


def key_of(call: Call, wanted: str) -> Row:
    """The key of an id, ARN or alias; AWS's own keys (`alias/aws/s3`) are made when they are first asked for.

    Raises NotFoundException, also when the key's deletion was due.
    """
    name = arns.parse(wanted).resource if arns.is_arn(wanted) else wanted
    if name.startswith(AWS_ALIAS) and ALIAS.find(call, name) is None:
        return _aws_key(call, name)
    if name.startswith("alias/"):
        name = ALIAS.get(call, name).document["TargetKeyId"]
    row = KEY.get(call, name.removeprefix("key/"))
    if row.document.get("DeletionDate", math.inf) <= call.now:
        raise KEY.not_found(call, row.name)
    return row


def _aws_key(call: Call, alias: str) -> Row:
    service = alias.removeprefix(AWS_ALIAS)
    with call.write():
        description = f"Default key that protects my {service} data when no other key is defined"
        row = _made(call, {"Description": description}, {"KeyManager": "AWS"})
        ALIAS.create(call, {"AliasName": alias, "TargetKeyId": row.name})
    return row


def _switch(call: Call, wanted: str, change: JsonDict) -> JsonDict:
    with call.write():
        KEY.save(call, key_of(call, wanted), change)
    return {}


def _default_policy(account: str) -> str:
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})


def _shown(row: Row) -> JsonDict:
    return {**row.document, "Arn": row.arn, "CreationDate": row.created}
