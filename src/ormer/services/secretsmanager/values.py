"""Values of secrets: written as new versions, read by version or stage."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.secretsmanager import naming
from ormer.stores import resources, sealed, secret_versions
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.secret_versions import CURRENT, Version

JsonDict = dict[str, Any]
DEFAULT_KEY = "alias/aws/secretsmanager"
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
BYTES_MAX = 65_536
DAY_SECONDS = 86_400.0


def get_secret_value(call: Call, request: JsonDict) -> JsonDict:
    """Answer a secret's value, the current one unless a version or stage is asked for.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    Errors: ResourceNotFoundException, InvalidRequestException.
    """
    row = naming.get(call, request["SecretId"])
    id_, stage = request.get("VersionId", ""), request.get("VersionStage", "")
    with call.read() as tx:
        version = secret_versions.find(tx, row.arn, id_, stage or ("" if id_ else CURRENT))
    if version is None or not version.sealed:
        what = f"VersionId: {id_}" if id_ else f"staging label: {stage or CURRENT}"
        text = f"Secrets Manager can't find the specified secret value for {what}"
        raise AwsError("ResourceNotFoundException", text)
    value = opened(call, row, version)
    _touch(call, row)
    return {
        "ARN": row.arn,
        "Name": row.name,
        "VersionId": version.id,
        "VersionStages": version.stages,
        "CreatedDate": version.created,
        **value,
    }


def put_secret_value(call: Call, request: JsonDict) -> JsonDict:
    """Write a new version; it becomes the current one unless other stages are given.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    Errors: ResourceNotFoundException, ResourceExistsException for a token that wrote another value.
    """
    stages = request.get("VersionStages") or [CURRENT]
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        if not given(request):
            raise AwsError("InvalidParameterException", "You must provide either SecretString or SecretBinary.")
        id_ = write(tx, call, row, request, stages)
        version = secret_versions.find(tx, row.arn, id_)
    assert version is not None, "it was written just now"
    return {"ARN": row.arn, "Name": row.name, "VersionId": id_, "VersionStages": version.stages}


def update_secret_version_stage(call: Call, request: JsonDict) -> JsonDict:
    """Move a staging label from one version to another. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html

    Errors: ResourceNotFoundException, InvalidParameterException when the label is not where the request says.
    """
    stage, source, to = request["VersionStage"], request.get("RemoveFromVersionId"), request.get("MoveToVersionId")
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        holder = secret_versions.find(tx, row.arn, stage=stage)
        if to and secret_versions.find(tx, row.arn, to) is None:
            raise AwsError("ResourceNotFoundException", f"Secrets Manager can't find the version {to}.")
        if holder is not None and holder.id not in (source, to):
            text = (
                f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to "
                f"version {holder.id}, so you must explicitly reference that version in RemoveFromVersionId."
            )
            raise AwsError("InvalidParameterException", text)
        if source and (holder is None or holder.id != source):
            text = f"The staging label {stage} is not attached to the version {source}."
            raise AwsError("InvalidParameterException", text)
        if stage == CURRENT and not to:
            raise AwsError("InvalidParameterException", f"{CURRENT} can be moved, but not removed.")
        secret_versions.move(tx, row.arn, stage, to)
        resources.save(tx, row, {"LastChangedDate": call.now}, now=call.now)
    return {"ARN": row.arn, "Name": row.name}


def list_secret_version_ids(call: Call, request: JsonDict) -> JsonDict:
    """List a secret's versions, without their values. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html"""
    row = naming.get(call, request["SecretId"], deleted=True)
    with call.read() as tx:
        versions = secret_versions.of(tx, row.arn)
    shown = [
        {"VersionId": one.id, "VersionStages": one.stages, "CreatedDate": one.created, "KmsKeyIds": [one.key_id]}
        for one in versions
        if one.stages or request.get("IncludeDeprecated")
    ]
    return {"ARN": row.arn, "Name": row.name, "Versions": shown}


def given(request: JsonDict) -> bool:
    """Whether a request carries a value."""
    return "SecretString" in request or "SecretBinary" in request


def write(tx: Tx, call: Call, row: Row, request: JsonDict, stages: list[str]) -> str:
    """Keep a request's value as a version of these stages. Returns the version's id.

    A token that wrote the same value before is answered again; one that wrote another is refused.
    """
    id_ = request.get("ClientRequestToken") or str(uuid.uuid4())
    text, is_binary = _text(request)
    versions = secret_versions.of(tx, row.arn)
    there = next((one for one in versions if one.id == id_), None)
    if there is not None and there.sealed:
        if _plain(call, row, there) != (text, is_binary):
            raise AwsError(
                "ResourceExistsException",
                f"The operation failed because the version {id_} already exists with another value: a version is "
                "never changed. Give another ClientRequestToken.",
            )
        return id_
    key_id = row.document.get("KmsKeyId", DEFAULT_KEY)
    body = sealed.seal(call, key_id, text, _context(row, id_))
    if there is not None:
        secret_versions.fill(tx, there, body, is_binary, key_id)
    else:
        number = versions[-1].number + 1 if versions else 1
        secret_versions.add(tx, Version(row.arn, id_, number, body, is_binary, key_id, [], call.now))
    # A secret's first version is its current one, whatever else it is.
    for stage in stages if versions else dict.fromkeys([*stages, CURRENT]):
        secret_versions.move(tx, row.arn, stage, id_)
    secret_versions.forget_deprecated(tx, row.arn)
    fresh = resources.get(tx, row.arn)
    assert fresh is not None
    resources.save(tx, fresh, {"LastChangedDate": call.now}, now=call.now)
    return id_


def opened(call: Call, row: Row, version: Version) -> JsonDict:
    """{"SecretString": …} or {"SecretBinary": …}."""
    text, is_binary = _plain(call, row, version)
    return {"SecretBinary": base64.b64decode(text)} if is_binary else {"SecretString": text}


def _plain(call: Call, row: Row, version: Version) -> tuple[str, bool]:
    return sealed.unseal(call, version.key_id, version.sealed, _context(row, version.id)), version.is_binary


def _text(request: JsonDict) -> tuple[str, bool]:
    """A request's value as text, and whether that is bytes as base64."""
    if "SecretString" in request and "SecretBinary" in request:
        raise AwsError("InvalidParameterException", "You can't provide both SecretString and SecretBinary.")
    raw = bytes(request["SecretBinary"]) if "SecretBinary" in request else request["SecretString"].encode()
    if len(raw) > BYTES_MAX:
        raise AwsError("InvalidParameterException", f"A secret's value may have {BYTES_MAX} bytes at most.")
    if "SecretBinary" in request:
        return base64.b64encode(raw).decode(), True
    return request["SecretString"], False


def _context(row: Row, version_id: str) -> dict[str, str]:
    return {"SecretARN": row.arn, "SecretVersionId": version_id}


def _touch(call: Call, row: Row) -> None:
    """LastAccessedDate is a day: written once for each. Nobody waits for the disk for it."""
    today = call.now - call.now % DAY_SECONDS
    if row.document.get("LastAccessedDate") == today or call.stores.database.in_transaction:
        return
    with call.stores.database.write(durable=False) as tx:
        fresh = resources.get(tx, row.arn)
        if fresh is not None:
            resources.save(tx, fresh, {"LastAccessedDate": today}, now=call.now, touch=False)
