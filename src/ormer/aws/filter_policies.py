"""Filter policies of subscriptions: which messages of a topic a listener is told.

Their language is that of event patterns. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ormer.aws.patterns import Pattern

JsonDict = dict[str, Any]
BODY, ATTRIBUTES = "MessageBody", "MessageAttributes"
SCOPES = (ATTRIBUTES, BODY)


def passes(policy: str, scope: str, message: str, attributes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a message meets the policy ("" for none), in its attributes or its body."""
    if not policy or not json.loads(policy):
        return True
    found = _body(message) if scope == BODY else {name: _value(one) for name, one in attributes.items()}
    return found is not None and Pattern(policy).matches(found)


def check(policy: str) -> None:
    """Raise InvalidPattern for a policy that is none."""
    if policy and policy.strip() != "{}":
        Pattern(policy)


def _body(message: str) -> JsonDict | None:
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _value(attribute: Mapping[str, Any]) -> Any:
    """An attribute's value by its type."""
    kind, text = attribute["DataType"], attribute.get("StringValue", "")
    try:
        if kind.startswith("Number"):
            return float(text)
        return json.loads(text) if kind == "String.Array" else text
    except ValueError:
        return text
