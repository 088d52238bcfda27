"""What EC2's types have in common: tags given at making, ids under which the resources stand, simple deletes."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Delete, Held, Site

JsonDict = dict[str, Any]
SERVICE = "ec2"


def tags(site: Site, resource: str) -> JsonDict:
    """The member of a Create request that tags what it makes; {} without tags."""
    return {"TagSpecifications": [{"ResourceType": resource, "Tags": site.tags}]} if site.tags else {}


def arn_of(site: Site, resource: str, identifier: str) -> str:
    """The ARN under which one of EC2's resources stands."""
    return arns.arn(SERVICE, site.region, site.account, f"{resource}/{identifier}")


def deleting(operation: str, member: str, *, many: bool = False) -> Delete:
    """A delete by the physical id."""

    def delete(site: Site, held: Held) -> None:
        site.call(SERVICE, operation, {member: [held.physical_id] if many else held.physical_id})

    return delete


def first(answer: JsonDict, member: str) -> JsonDict:
    """The only one of a Describe's answer."""
    found: JsonDict = answer[member][0]
    return found


def switched(before: Any, after: Any) -> tuple[list[Any], list[Any]]:
    """What was added to a list, and what was taken out of it."""
    old, new = (value if isinstance(value, list) else [] if value is None else [value] for value in (before, after))
    return [one for one in new if one not in old], [one for one in old if one not in new]
