"""Policies that stand at a resource and say who else may use it: those of secrets, queues and buckets.

The caller's own policies and the resource's are judged together: a denial in either is final, and in one account a
permission in either is enough. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Of a bucket's policy only what it permits to callers that it names by their ARNs is heeded. Templates deny what does not
come by TLS, which is everything that comes from this machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ormer.aws import arns, policies
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.stores import named_actions, resources
from ormer.stores.database import Tx
from ormer.stores.objects import actions as object_actions
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# Where a resource's row keeps its policy: as a document, and as the text that was given.
FACT, TEXT = "policy", "policy_text"
# IAM's prefixes of the services whose resources have such policies here.
SERVICES = ("sqs", "secretsmanager")
ALLOW, DENY = "Allow", "Deny"


def of(tx: Tx, arn: str) -> JsonDict | None:
    """The policy at a resource, None without one."""
    row = resources.get(tx, arn) if arns.is_arn(arn) and arns.parse(arn).service in SERVICES else None
    found: JsonDict | None = row.facts.get(FACT) if row is not None else None
    return found


def judged(
    tx: Tx, identity: Identity, action: str, arn: str, context: Mapping[str, Any], decision: policies.Decision
) -> policies.Decision:
    """The decision of the identity's policies, and what the policy at the resource makes of it."""
    if arn.startswith(object_actions.BUCKETS):
        return _granted(tx, identity, action, arn, context, decision)
    document = of(tx, arn)
    if document is None:
        return decision
    own = _callers(identity)
    if policies.speaks(document, DENY, [*own, _root(identity)], action, arn, context):
        return policies.Decision(False, "with an explicit deny in a resource-based policy")
    if decision.allowed or "explicit deny" in decision.reason:
        return decision
    if _is_own(identity, context) and policies.speaks(document, ALLOW, own, action, arn, context):
        return policies.Decision(True, "allowed by a resource-based policy")
    return decision


def _is_own(identity: Identity, context: Mapping[str, Any]) -> bool:
    """Whether the resource is of the caller's account: what another one gives, the caller's own must permit too."""
    return bool(context.get("aws:ResourceAccount") == identity.account)


def _granted(
    tx: Tx, identity: Identity, action: str, arn: str, context: Mapping[str, Any], decision: policies.Decision
) -> policies.Decision:
    """The decision, and what the policy of the bucket gives to the identity where its own policies say nothing."""
    if decision.allowed or "explicit deny" in decision.reason:
        return decision
    document = object_actions.policy(tx, arn)
    named = {"Statement": [one for one in statements(document or {}) if _names_somebody(one)]}
    if _is_own(identity, context) and policies.speaks(named, ALLOW, _callers(identity), action, arn, context):
        return policies.Decision(True, "allowed by a resource-based policy")
    return decision


def _names_somebody(statement: JsonDict) -> bool:
    """Whether its principals are somebody, and not everybody."""
    principal = statement.get("Principal")
    return isinstance(principal, dict) and "*" not in policies.as_list(principal.get("AWS", []))


def _callers(identity: Identity) -> list[str]:
    return [identity.arn, *([identity.role_arn] if identity.role_arn else [])]


def admits(tx: Tx, service: str, action: str, arn: str, context: Mapping[str, Any]) -> bool:
    """Whether the policy at a resource lets one of AWS's services (`sns.amazonaws.com`) act on it."""
    document = of(tx, arn)
    if document is None or policies.speaks(document, DENY, [service], action, arn, context):
        return False
    return policies.speaks(document, ALLOW, [service], action, arn, context)


def admit_strangers(call: Call, row: Row) -> None:
    """Raise AccessDenied when a resource is another account's and its policy does not open it to the caller.

    Whether the caller's own account lets it was judged before.
    """
    if row.account == call.account:
        return
    identity, action = call.identity, f"{call.service}:{named_actions.SINGLE.get(call.operation, call.operation)}"
    callers = [*_callers(identity), _root(identity)]
    about = {"aws:PrincipalArn": identity.role_arn or identity.arn, "aws:PrincipalAccount": identity.account}
    with call.read() as tx:
        document = of(tx, row.arn)
    if (
        document is None
        or policies.speaks(document, DENY, callers, action, row.arn, about)
        or not policies.speaks(document, ALLOW, callers, action, row.arn, about)
    ):
        text = f"User: {identity.arn} is not authorized to perform: {action} on resource: {row.arn}"
        code = "AccessDenied" if call.service == "sqs" else "AccessDeniedException"
        raise AwsError(code, f"{text} because no resource-based policy allows the {action} action", 403)


def _root(identity: Identity) -> str:
    return f"arn:aws:iam::{identity.account}:root"


def parsed(text: str) -> JsonDict:
    """A policy from its text. Raises ValueError with a text for people."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict) or not statements(document):
        raise ValueError("it has no Statement")
    for one in statements(document):
        if not isinstance(one, dict) or one.get("Effect") not in (ALLOW, DENY):
            raise ValueError("a statement's Effect is Allow or Deny")
        if not {"Action", "NotAction"} & set(one) or not {"Principal", "NotPrincipal"} & set(one):
            raise ValueError("a statement needs an Action and a Principal")
    return document


def statements(document: JsonDict) -> Sequence[JsonDict]:
    """Its statements, whether they stand in a list or not."""
    found = document.get("Statement") or []
    return [found] if isinstance(found, dict) else found if isinstance(found, list) else []
