"""AWS::KMS::Key: Ref gives its id. Deleting it begins its waiting period."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
CREATED = ("Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
WINDOW = "PendingWindowInDays"
WINDOW_DAYS_MIN, WINDOW_DAYS_MAX = 7, 30


def _create(site: Site, properties: JsonDict) -> Made:
    _check_window(site, properties)
    policy = {"Policy": _text(properties["KeyPolicy"])} if "KeyPolicy" in properties else {}
    key = site.make("kms", "CreateKey", pick(properties, CREATED), **policy)["KeyMetadata"]
    _switch(site, key["KeyId"], {}, properties)
    return Made(key["KeyId"], {"KeyId": key["KeyId"], "Arn": key["Arn"]}, key["Arn"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _check_window(site, properties)
    key, before = held.physical_id, held.properties
    if "KeyPolicy" in properties and plain(properties["KeyPolicy"]) != plain(before.get("KeyPolicy")):
        text = _text(properties["KeyPolicy"])
        site.call("kms", "PutKeyPolicy", {"KeyId": key, "PolicyName": "default", "Policy": text})
    if properties.get("Description", "") != before.get("Description", ""):
        description = text_of(properties.get("Description", ""))
        site.call("kms", "UpdateKeyDescription", {"KeyId": key, "Description": description})
    _switch(site, key, before, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _check_window(site: Site, properties: JsonDict) -> None:
    """Refuse a waiting period that would be refused only when the key is to go."""
    given = site.fitted("kms", "ScheduleKeyDeletion", pick(properties, (WINDOW,)))
    if not WINDOW_DAYS_MIN <= given.get(WINDOW, WINDOW_DAYS_MAX) <= WINDOW_DAYS_MAX:
        raise Refused(f"{WINDOW} must be between {WINDOW_DAYS_MIN} and {WINDOW_DAYS_MAX}.")


def _switch(site: Site, key: str, before: JsonDict, after: JsonDict) -> None:
    """Turn the key and its rotation on or off where that changes."""
    if _is_on(after, "Enabled", True) != _is_on(before, "Enabled", True):
        site.call("kms", "EnableKey" if _is_on(after, "Enabled", True) else "DisableKey", {"KeyId": key})
    rotates = _is_on(after, "EnableKeyRotation", False)
    if rotates != _is_on(before, "EnableKeyRotation", False):
        site.call("kms", "EnableKeyRotation" if rotates else "DisableKeyRotation", {"KeyId": key})


def _is_on(properties: JsonDict, name: str, default: bool) -> bool:
    return text_of(properties.get(name, default)).lower() == "true"


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def _delete(site: Site, held: Held) -> None:
    site.make("kms", "ScheduleKeyDeletion", {"KeyId": held.physical_id, **pick(held.properties, (WINDOW,))})


TYPE = ResourceType(
    "AWS::KMS::Key",
    _create,
    _delete,
    words("BypassPolicyLockoutSafetyCheck Enabled EnableKeyRotation KeyPolicy", WINDOW, *CREATED),
    _update,
    words("KeySpec KeyUsage MultiRegion Origin"),
    attributes=words("Arn KeyId"),
)
