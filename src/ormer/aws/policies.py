"""IAM's decision, pure: explicit deny, then allow, then implicit deny; what is not understood never allows.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ormer.aws import conditions
from ormer.aws.conditions import Context, substitute

Document = Mapping[str, Any]
Statement = Mapping[str, Any]

# Actions of AWS Security Token Service that a trust policy speaks about.
ASSUME_ROLE = "sts:AssumeRole"


@dataclass(frozen=True)
class Decision:
    """allowed; reason: the end of AWS's sentence "User is not authorized to perform: ..."; statement: what decided."""

    allowed: bool
    reason: str
    statement: Statement | None = None


def evaluate(
    policies: Iterable[Document],
    action: str,
    resource: str,
    context: Mapping[str, Any],
    boundary: Document | None = None,
) -> Decision:
    """Whether identity policies allow `action` (`service:Operation`) on the ARN `resource` (`*` for none).

    context: condition keys, in any case, with a text, number, boolean or list of texts each.
    boundary: a permission boundary, which must allow as well and may deny.
    """
    keys = conditions.context(context)
    identity = _judge(_statements(policies), action, resource, keys)
    if boundary is None:
        return _worded(identity, action, "identity-based policy")
    limit = _judge(_statements([boundary]), action, resource, keys)
    if identity.denied or (not limit.denied and limit.statement is not None):
        return _worded(identity, action, "identity-based policy")
    return _worded(limit, action, "permissions boundary")


def trusts(
    document: Document, principals: Iterable[str], context: Mapping[str, Any], action: str = ASSUME_ROLE
) -> bool:
    """Whether a role's trust policy lets a caller assume it.

    principals: everything the caller is: its ARN, its role's ARN, its account's root ARN, or a service such as
    `sagemaker.amazonaws.com`. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    keys, callers = conditions.context(context), list(principals)
    allowed = False
    for statement in _statements([document]):
        denies = statement.get("Effect") == "Deny"
        if not _principal_fits(statement, callers) or not _action_fits(statement, action):
            continue
        if not conditions.hold(statement.get("Condition"), keys, unknown=denies):
            continue
        if denies:
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def speaks(
    document: Document,
    effect: str,
    principals: Iterable[str],
    action: str,
    resource: str,
    context: Mapping[str, Any],
) -> bool:
    """Whether a resource's policy has a statement of this effect (`Allow`, `Deny`) about a caller's action.

    principals: everything the caller is, as in `trusts`. A statement without a Resource is about the resource itself.
    """
    keys, callers = conditions.context(context), list(principals)
    denies = effect == "Deny"
    return any(
        statement.get("Effect") == effect
        and _principal_fits(statement, callers)
        and _fits(
            statement if "NotResource" in statement else {"Resource": resource, **statement},
            action,
            resource,
            keys,
            denies,
        )
        for statement in _statements([document])
    )


@dataclass(frozen=True)
class _Verdict:
    denied: bool
    statement: Statement | None


def _judge(statements: Iterable[Statement], action: str, resource: str, keys: Context) -> _Verdict:
    """The first statement that denies, else the first that allows, else none."""
    allowing: Statement | None = None
    for statement in statements:
        denies = statement.get("Effect") == "Deny"
        if not _fits(statement, action, resource, keys, denies):
            continue
        if denies:
            return _Verdict(True, statement)
        if allowing is None and statement.get("Effect") == "Allow":
            allowing = statement
    return _Verdict(False, allowing)


def _worded(verdict: _Verdict, action: str, kind: str) -> Decision:
    article = "an" if kind[0] in "aeiou" else "a"
    if verdict.denied:
        return Decision(False, f"with an explicit deny in {article} {kind}", verdict.statement)
    if verdict.statement is None:
        return Decision(False, f"because no {kind} allows the {action} action")
    return Decision(True, f"allowed by {article} {kind}", verdict.statement)


def _statements(documents: Iterable[Document]) -> Iterable[Statement]:
    """Every statement of every document; a single statement may stand without a list."""
    for document in documents:
        found = document.get("Statement", [])
        yield from [found] if isinstance(found, Mapping) else found


def _fits(statement: Statement, action: str, resource: str, keys: Context, denies: bool) -> bool:
    return (
        _action_fits(statement, action)
        and _resource_fits(statement, resource, keys)
        and conditions.hold(statement.get("Condition"), keys, unknown=denies)
    )


def _action_fits(statement: Statement, action: str) -> bool:
    """Action and NotAction ignore case and know `*` and `?`; a statement with neither fits nothing."""
    if "Action" in statement:
        return any(_wild(pattern.lower()).fullmatch(action.lower()) for pattern in as_list(statement["Action"]))
    if "NotAction" in statement:
        return not any(_wild(pattern.lower()).fullmatch(action.lower()) for pattern in as_list(statement["NotAction"]))
    return False


def _resource_fits(statement: Statement, resource: str, keys: Context) -> bool:
    """Resource and NotResource mind case and may hold policy variables; a variable without a value fits nothing."""
    if "Resource" in statement:
        return any(resource_matches(pattern, resource, keys) for pattern in as_list(statement["Resource"]))
    if "NotResource" in statement:
        patterns = as_list(statement["NotResource"])
        # A variable that has no value must not widen what is left over.
        unknown = any(substitute(pattern, keys) is None for pattern in patterns)
        fits = any(resource_matches(pattern, resource, keys) for pattern in patterns)
        return not fits and (statement.get("Effect") == "Deny" or not unknown)
    return False


def resource_matches(pattern: str, resource: str, keys: Context) -> bool:
    """Whether one Resource entry covers an ARN."""
    filled = substitute(pattern, keys)
    return filled is not None and bool(_wild(filled).fullmatch(resource))


def _principal_fits(statement: Statement, callers: Sequence[str]) -> bool:
    if "Principal" in statement:
        return _names_caller(statement["Principal"], callers)
    if "NotPrincipal" in statement:
        return not _names_caller(statement["NotPrincipal"], callers)
    return False


def _names_caller(principal: Any, callers: Sequence[str]) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    named = {name for kind in ("AWS", "Service", "Federated") for name in as_list(principal.get(kind, []))}
    # A bare account number means the account's root, which stands for everyone in it.
    named |= {f"arn:aws:iam::{name}:root" for name in named if re.fullmatch(r"\d{12}", name)}
    return "*" in as_list(principal.get("AWS", [])) or any(caller in named for caller in callers)


def as_list(value: Any) -> list[str]:
    """IAM lets a single text stand for a list of one."""
    return [value] if isinstance(value, str) else list(value)


@lru_cache(maxsize=4096)
def _wild(pattern: str) -> re.Pattern[str]:
    """`*` is any text and `?` any one character. A variable's literal wildcards come as private characters."""
    return conditions.wildcard(pattern)
