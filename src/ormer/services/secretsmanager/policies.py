"""Resource policies of secrets: who else may read them."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.secretsmanager import naming
from ormer.stores import resource_policies, resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
BROAD = "This resource policy allows broad access to the secret: a Principal of * without a Condition that limits it."


def put_resource_policy(call: Call, request: JsonDict) -> JsonDict:
    """Give a secret a policy. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html

    Errors: MalformedPolicyDocumentException, PublicPolicyException where BlockPublicPolicy is asked for.
    """
    document = _parsed(request["ResourcePolicy"])
    if request.get("BlockPublicPolicy") and _is_broad(document):
        raise AwsError("PublicPolicyException", BROAD)
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        facts = {resource_policies.FACT: document, resource_policies.TEXT: request["ResourcePolicy"]}
        resources.save(tx, row, {}, now=call.now, facts=facts)
    return {"ARN": row.arn, "Name": row.name}


def get_resource_policy(call: Call, request: JsonDict) -> JsonDict:
    """A secret's policy; the answer has none where there is none. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html"""
    row = naming.get(call, request["SecretId"], deleted=True)
    text = row.facts.get(resource_policies.TEXT)
    return {"ARN": row.arn, "Name": row.name, **({"ResourcePolicy": text} if text else {})}


def delete_resource_policy(call: Call, request: JsonDict) -> JsonDict:
    """Take a secret's policy away. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html"""
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        facts = {resource_policies.FACT: None, resource_policies.TEXT: None}
        resources.save(tx, row, {}, now=call.now, facts=facts)
    return {"ARN": row.arn, "Name": row.name}


def validate_resource_policy(call: Call, request: JsonDict) -> JsonDict:
    """Say whether a policy is one, and whether it opens a secret to everyone. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html"""
    try:
        document = _parsed(request["ResourcePolicy"])
    except AwsError as error:
        problem = {"CheckName": "MALFORMED_POLICY", "ErrorMessage": error.message}
        return {"PolicyValidationPassed": False, "ValidationErrors": [problem]}
    errors = [{"CheckName": "PUBLIC_POLICY", "ErrorMessage": BROAD}] if _is_broad(document) else []
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _parsed(text: str) -> JsonDict:
    try:
        return resource_policies.parsed(text)
    except ValueError as error:
        raise AwsError("MalformedPolicyDocumentException", f"This resource policy is malformed: {error}.") from None


def _is_broad(document: JsonDict) -> bool:
    return any(
        one["Effect"] == "Allow" and not one.get("Condition") and "*" in json.dumps(one.get("Principal", ""))
        for one in resource_policies.statements(document)
    )
