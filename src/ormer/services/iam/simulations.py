"""The question whether something would be allowed, answered by the gate's own evaluation."""

from __future__ import annotations

from typing import Any

from ormer.aws import policies as evaluator
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.services.iam.documents import parsed_policy
from ormer.stores import resources
from ormer.stores.access import boundary_of, context_of, documents_of
from ormer.stores.database import Tx
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def simulate_principal_policy(call: Call, request: JsonDict) -> JsonDict:
    """Evaluate a principal's policies for actions. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html

    Errors: NoSuchEntity when the principal is not there.
    """
    with call.read() as tx:
        principal = resources.get(tx, request["PolicySourceArn"])
        if principal is None:
            raise AwsError("NoSuchEntity", f"{request['PolicySourceArn']} cannot be found.", 404)
        documents = documents_of(tx, principal)
        documents += [parsed_policy(text) for text in request.get("PolicyInputList", ())]
        identity = Identity(
            principal.account, principal.arn, principal.kind.lower(), principal.name, role_arn=principal.arn
        )
        return _simulated(tx, call, request, identity, documents, boundary_of(tx, principal))


def simulate_custom_policy(call: Call, request: JsonDict) -> JsonDict:
    """Evaluate given policies for actions. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html"""
    documents = [parsed_policy(text) for text in request["PolicyInputList"]]
    with call.read() as tx:
        return _simulated(tx, call, request, call.identity, documents, None)


def _simulated(
    tx: Tx, call: Call, request: JsonDict, identity: Identity, documents: list[JsonDict], boundary: JsonDict | None
) -> JsonDict:
    results = []
    for action in request["ActionNames"]:
        for target in request.get("ResourceArns") or ["*"]:
            context = context_of(tx, identity, call.region, target, {}) | _entries(request)
            decision = evaluator.evaluate(documents, action, target, context, boundary)
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": target,
                    "EvalDecision": _decision(decision),
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
            )
    return {"EvaluationResults": results, "IsTruncated": False}


def _decision(decision: Any) -> str:
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if "explicit deny" in decision.reason else "implicitDeny"


def _entries(request: JsonDict) -> JsonDict:
    return {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in request.get("ContextEntries", ()) if entry}
