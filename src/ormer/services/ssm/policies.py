"""Policies of advanced parameters: when they expire.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
EXPIRATION = "Expiration"
TELLING = ("ExpirationNotification", "NoChangeNotification")


def parse(text: str | None) -> list[JsonDict]:
    """A request's policies. Raises AWS's refusals, and one of ours for policies that tell of something."""
    if not text or text == "[{}]":
        return []
    try:
        found = json.loads(text)
        listed = found if isinstance(found, list) else [found]
        kinds = [one["Type"] for one in listed]
    except (ValueError, KeyError, TypeError):
        raise AwsError("InvalidPolicyAttributeException", f"The policies are not a list of policies: {text}") from None
    for kind in kinds:
        if kind in TELLING:
            raise AwsError(
                "InvalidPolicyTypeException",
                f"Policies of type {kind} are not kept here, since nothing would be told: leave it out.",
            )
        if kind != EXPIRATION:
            raise AwsError("InvalidPolicyTypeException", f"The policy type {kind} is not supported.")
    if len(kinds) > 1:
        raise AwsError("IncompatiblePolicyException", "A parameter can have one Expiration policy.")
    expiry(listed)
    return listed


def expiry(listed: list[JsonDict]) -> float | None:
    """When the policies let the parameter end, in seconds; None when they do not."""
    if not listed:
        return None
    try:
        when = datetime.fromisoformat(listed[0]["Attributes"]["Timestamp"])
    except (KeyError, TypeError, ValueError):
        text = 'An Expiration policy has Attributes: {"Timestamp": "2030-12-02T21:34:33.000Z"}.'
        raise AwsError("InvalidPolicyAttributeException", text) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def shown(listed: list[JsonDict]) -> list[JsonDict]:
    """As DescribeParameters answers them."""
    return [{"PolicyText": json.dumps(one), "PolicyType": one["Type"], "PolicyStatus": "Pending"} for one in listed]
