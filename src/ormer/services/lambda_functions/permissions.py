"""Resource policies: who else may invoke a function. API Gateway is held to them; callers are judged by their own.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from ormer.aws.function_names import LATEST
from ormer.services.lambda_functions import naming
from ormer.services.lambda_functions.refusals import conflict, not_found
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions.functions import Target
from ormer.stores.port import Call

JsonDict = dict[str, Any]
ACCOUNT = re.compile(r"\d{12}")
NO_POLICY = "No policy is associated with the given resource."


def add_permission(call: Call, request: JsonDict) -> JsonDict:
    """Let a service or an account invoke a function. https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

    Differs: rules, topics and pipelines of the own account invoke functions without one too; REST APIs need one.
    Errors: ResourceNotFoundException, ResourceConflictException.
    """
    with call.write() as tx:
        found = naming.target(call, request)
        statements = _statements(found)
        if any(one["Sid"] == request["StatementId"] for one in statements):
            text = "The statement id ({}) provided already exists. Please provide a new statement id, or remove it."
            raise conflict(text.format(request["StatementId"]))
        made = _statement(found, request)
        _save(call, found, [*statements, made], tx)
    return {"Statement": json.dumps(made, separators=(",", ":"))}


def remove_permission(call: Call, request: JsonDict) -> JsonDict:
    """Take a permission back. https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html

    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        found = naming.target(call, request)
        statements = _statements(found)
        kept = [one for one in statements if one["Sid"] != request["StatementId"]]
        if len(kept) == len(statements):
            raise not_found(f"Statement {request['StatementId']} is not found in resource policy.")
        _save(call, found, kept, tx)
    return {}


def get_policy(call: Call, request: JsonDict) -> JsonDict:
    """A function's resource policy. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html

    Errors: ResourceNotFoundException, also when there is no policy.
    """
    found = naming.target(call, request)
    statements = _statements(found)
    if not statements:
        raise not_found(NO_POLICY)
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": found.function.document["RevisionId"]}


def _statement(found: Target, request: JsonDict) -> JsonDict:
    principal = request["Principal"]
    if ACCOUNT.fullmatch(principal):
        who: Any = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal == "*":
        who = "*"
    else:
        who = {"AWS": principal} if principal.startswith("arn:") else {"Service": principal}
    conditions: JsonDict = {}
    if request.get("SourceAccount"):
        conditions["StringEquals"] = {"AWS:SourceAccount": request["SourceAccount"]}
    if request.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if request.get("PrincipalOrgID"):
        conditions.setdefault("StringEquals", {})["aws:PrincipalOrgID"] = request["PrincipalOrgID"]
    return {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": who,
        "Action": request["Action"],
        "Resource": found.arn,
        **({"Condition": conditions} if conditions else {}),
    }


def _statements(found: Target) -> list[JsonDict]:
    policies: JsonDict = found.function.facts.get("policies", {})
    return list(policies.get(found.qualifier or LATEST, []))


def _save(call: Call, found: Target, statements: list[JsonDict], tx: Tx) -> None:
    policies = {**found.function.facts.get("policies", {}), (found.qualifier or LATEST): statements}
    resources.save(tx, found.function, {}, now=call.now, facts={"policies": policies}, touch=False)
