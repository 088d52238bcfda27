"""What IAM's types share: policy documents as texts, and lists of what is attached."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ormer.engines.stacks.contracts import Refused, Site
from ormer.engines.stacks.language.values import text_of

JsonDict = dict[str, Any]
# (property, the member that names one, the operations' noun) of whom a policy may be given to.
HOLDERS = (("Roles", "RoleName", "Role"), ("Users", "UserName", "User"), ("Groups", "GroupName", "Group"))


def document(value: Any) -> str:
    """A policy document as the text that operations take."""
    return value if isinstance(value, str) else json.dumps(value)


def texts(value: Any) -> list[str]:
    """A list of texts; one text stands for a list of one."""
    if value is None:
        return []
    return [text_of(each) for each in value] if isinstance(value, list) else [text_of(value)]


def inline(site: Site, value: Any) -> dict[str, str]:
    """{name: document} of a Policies property."""
    try:
        return {text_of(each["PolicyName"]): document(each["PolicyDocument"]) for each in value or ()}
    except (TypeError, KeyError):
        raise Refused(f"{site.logical_id}: every policy needs a PolicyName and a PolicyDocument.") from None


def holders(properties: JsonDict) -> set[tuple[str, str, str]]:
    """(noun, member, name) of everyone a policy is given to."""
    return {(noun, member, name) for key, member, noun in HOLDERS for name in texts(properties.get(key))}


def attach(site: Site, arn: str, given: Iterable[tuple[str, str, str]]) -> None:
    """Attach a managed policy."""
    for noun, member, name in sorted(given):
        site.call("iam", f"Attach{noun}Policy", {member: name, "PolicyArn": arn})


def detach(site: Site, arn: str, given: Iterable[tuple[str, str, str]]) -> None:
    """Detach a managed policy."""
    for noun, member, name in sorted(given):
        site.call("iam", f"Detach{noun}Policy", {member: name, "PolicyArn": arn})
