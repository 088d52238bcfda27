"""Rotation: asked for now or at times, and ended."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.secretsmanager import naming
from ormer.stores import resources, secret_rotations, tasks
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.secret_versions import ROTATION_TASK

JsonDict = dict[str, Any]
MEMBERS = ("RotationLambdaARN", "RotationRules")


def rotate_secret(call: Call, request: JsonDict) -> JsonDict:
    """Let a function rotate a secret, now and by its rules. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html

    Differs: without RotateImmediately the function is not tested first; rotation is by a function of one's own.
    Errors: InvalidRequestException, InvalidParameterException, ResourceNotFoundException.
    """
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        words = {key: request.get(key, row.document.get(key)) for key in MEMBERS}
        if not words["RotationLambdaARN"]:
            raise AwsError("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
        rotation = row.facts.get(secret_rotations.FACT)
        token = request.get("ClientRequestToken") or str(uuid.uuid4())
        if rotation and rotation["token"] != token:
            text = "A previous rotation isn't complete. That rotation will be reattempted."
            raise AwsError("InvalidRequestException", text)
        _allowed(call, str(words["RotationLambdaARN"]))
        row = _enabled(call, row, {key: value for key, value in words.items() if value})
        if not rotation and request.get("RotateImmediately", True):
            secret_rotations.begin(tx, row, token, call.now)
        tasks.wake(tx, ROTATION_TASK, row.arn)
    return {"ARN": row.arn, "Name": row.name, "VersionId": token}


def cancel_rotate_secret(call: Call, request: JsonDict) -> JsonDict:
    """Rotate a secret no more; a rotation under way is left where it is. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html"""
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        facts = {secret_rotations.FACT: None}
        change = {"RotationEnabled": False}
        resources.save(tx, row, change, now=call.now, drop=("NextRotationDate",), facts=facts)
    return {"ARN": row.arn, "Name": row.name}


def _allowed(call: Call, function: str) -> None:
    """The caller must be allowed to invoke the function, and it must be there."""
    asked = {"FunctionName": function, "InvocationType": "DryRun"}
    try:
        call.api("lambda", "Invoke", asked)
    except AwsError as error:
        if error.status == 403:
            raise
        text = f"The rotation function {function} cannot be invoked: {error.message}"
        raise AwsError("InvalidParameterException", text) from error


def _enabled(call: Call, row: Row, words: JsonDict) -> Row:
    try:
        at = secret_rotations.following(words.get("RotationRules") or {}, call.now)
    except ValueError as error:
        raise AwsError("InvalidParameterException", f"The rotation schedule is not one: {error}") from None
    change = {**words, "RotationEnabled": True, **({"NextRotationDate": at} if at else {})}
    with call.write() as tx:
        return resources.save(tx, row, change, now=call.now, drop=() if at else ("NextRotationDate",))
