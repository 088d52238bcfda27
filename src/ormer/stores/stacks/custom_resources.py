"""Custom resources: what a function was asked to do for a stack, and what it answered.

Each custom resource of a stack is a row with CloudFormation's statuses. A request carries an address under which its
answer, and nothing else, may be put: the row's ARN and the request's id, sealed. The first answer counts.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from typing import Any

from cryptography.exceptions import InvalidTag

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.secrets import Vault

JsonDict = dict[str, Any]
KIND = "CustomResource"
PATH = "/cloudformation/custom-resource-responses"
CONTEXT = "custom-resource-response"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
ANSWER_BYTES_MAX = 4096
PHYSICAL_ID_CHARACTERS_MAX = 1024
UNDER_WAY = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def make(tx: Tx, stack: Row, logical_id: str, physical_id: str, now: float, status: str = "CREATE_IN_PROGRESS") -> Row:
    """The row of a custom resource. physical_id: what it is called until its function says."""
    row_id = uuid.uuid4().hex
    row = resources.create(
        tx,
        arn=f"{stack.arn}/custom-resource/{row_id}",
        kind=KIND,
        name=logical_id,
        parent=f"{stack.arn} {row_id}",
        status=status,
        document={"StackId": stack.arn, "LogicalResourceId": logical_id},
        facts={"physical_id": physical_id, "data": {}},
        now=now,
        event=False,
    )
    assert row is not None, "a new id is nobody's"
    return row


def token_of(vault: Vault, arn: str, request_id: str) -> str:
    """What the address of an answer carries."""
    return base64.urlsafe_b64encode(vault.seal(json.dumps([arn, request_id]), CONTEXT)).decode().rstrip("=")


def opened(vault: Vault, token: str) -> tuple[str, str] | None:
    """(ARN, request id) of a token, None for one that is not ours."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        arn, request_id = json.loads(vault.open(sealed, CONTEXT))
    except (InvalidTag, binascii.Error, ValueError):
        return None
    return str(arn), str(request_id)


def take(tx: Tx, arn: str, request_id: str, content: bytes, now: float) -> bool:
    """Take an answer in; False when nobody waits for it (any more)."""
    row = resources.get(tx, arn)
    if row is None or row.status not in UNDER_WAY or row.facts.get("request_id") != request_id:
        return False
    told, problem = _read(row, request_id, content)
    physical_id = told.get("PhysicalResourceId")
    facts = {"physical_id": physical_id} if isinstance(physical_id, str) and physical_id else {}
    if problem:
        fail(tx, row, problem, now, facts)
        return True
    data = told.get("Data") or {}
    done = row.status.replace("_IN_PROGRESS", "_COMPLETE")
    resources.advance(tx, arn, done, now=now, expect=UNDER_WAY, facts={**facts, "data": data})
    if done == "DELETE_COMPLETE":
        resources.delete(tx, arn)
    return True


def fail(tx: Tx, row: Row, reason: str, now: float, facts: JsonDict | None = None) -> None:
    """The request came to nothing."""
    to = row.status.replace("_IN_PROGRESS", "_FAILED")
    change = {"ResourceStatusReason": reason}
    resources.advance(tx, row.arn, to, now=now, expect=UNDER_WAY, change=change, facts=facts)


def _read(row: Row, request_id: str, content: bytes) -> tuple[JsonDict, str]:
    """What was answered, and what is wrong with it, "" for nothing."""
    if len(content) > ANSWER_BYTES_MAX:
        return {}, "Response object is too long."
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return {}, "Invalid Response object: Value of property must be a JSON object."
    physical_id = told.get("PhysicalResourceId")
    if told.get("Status") not in ("SUCCESS", "FAILED"):
        return told, "Invalid Response object: Value of property Status must be one of SUCCESS, FAILED."
    if told["Status"] == "FAILED":
        said = told.get("Reason") or "no reason was given"
        words = f"Message returned: {said} (RequestId: {request_id})"
        return told, f"Received response status [FAILED] from custom resource. {words}"
    if not isinstance(physical_id, str) or not 0 < len(physical_id) <= PHYSICAL_ID_CHARACTERS_MAX:
        return {}, "Invalid PhysicalResourceId."
    if not isinstance(told.get("Data") or {}, dict):
        return told, "Invalid Response object: Value of property Data must be an object."
    if told.get("StackId") != row.document["StackId"] or told.get("LogicalResourceId") != row.name:
        return told, "Invalid Response object: StackId and LogicalResourceId must be those of the request."
    return told, ""
