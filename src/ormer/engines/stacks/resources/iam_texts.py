"""What IAM's types share: policy documents as texts, lists of what is attached, and bringing both to a role or user."""

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


def bring(site: Site, noun: str, name: str, before: JsonDict, after: JsonDict) -> None:
    """Write and attach the policies of `after`, and take away those that only `before` had.

    noun: Role or User, as the operations have it; name: of the one whose policies they are.
    """
    named = {f"{noun}Name": name}
    was, wanted = inline(site, before.get("Policies")), inline(site, after.get("Policies"))
    for policy in sorted(set(was) - set(wanted)):
        site.call("iam", f"Delete{noun}Policy", {**named, "PolicyName": policy})
    for policy, text in wanted.items():
        if was.get(policy) != text:
            site.call("iam", f"Put{noun}Policy", {**named, "PolicyName": policy, "PolicyDocument": text})
    attached, needed = set(texts(before.get("ManagedPolicyArns"))), set(texts(after.get("ManagedPolicyArns")))
    for arn in sorted(attached - needed):
        site.call("iam", f"Detach{noun}Policy", {**named, "PolicyArn": arn})
    for arn in sorted(needed - attached):
        site.call("iam", f"Attach{noun}Policy", {**named, "PolicyArn": arn})
