"""Policy documents: read strictly on the way in, written the way IAM writes them (percent-encoded) on the way out."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from ormer.aws.errors import AwsError
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
EFFECTS = ("Allow", "Deny")


def parsed_policy(text: str) -> JsonDict:
    """The document; MalformedPolicyDocument that says where it is wrong."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise AwsError("MalformedPolicyDocument", f"The policy is not valid JSON: {error}.") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise AwsError("MalformedPolicyDocument", "The policy needs a Statement.")
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for number, statement in enumerate(statements, 1):
        if not isinstance(statement, dict) or statement.get("Effect") not in EFFECTS:
            raise AwsError("MalformedPolicyDocument", f"Statement {number} needs an Effect of Allow or Deny.")
        if not {"Action", "NotAction"} & set(statement):
            raise AwsError("MalformedPolicyDocument", f"Statement {number} must contain actions.")
    return document


def written_policy(document: JsonDict) -> str:
    return quote(json.dumps(document), safe="")


def with_boundary(row: Row) -> JsonDict:
    """The member that names a role's or user's permissions boundary; {} without one."""
    arn = row.facts.get("boundary")
    kind = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    return {"PermissionsBoundary": kind} if arn else {}
