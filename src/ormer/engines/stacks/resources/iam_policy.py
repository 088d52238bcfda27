"""AWS::IAM::Policy: a document written into roles and users."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.iam_texts import document, holders

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    if not holders(properties):
        raise Refused("At least one of [Groups,Roles,Users] must be non-empty.")
    _put(site, properties)
    return Made(site.name(128), {})


def _put(site: Site, properties: JsonDict) -> None:
    name, text = text_of(properties["PolicyName"]), document(properties["PolicyDocument"])
    for noun, member, holder in sorted(holders(properties)):
        site.call("iam", f"Put{noun}Policy", {member: holder, "PolicyName": name, "PolicyDocument": text})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    same = text_of(properties["PolicyName"]) == text_of(held.properties["PolicyName"])
    gone = holders(held.properties) - (holders(properties) if same else set())
    _take(site, text_of(held.properties["PolicyName"]), gone)
    _put(site, properties)
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    _take(site, text_of(held.properties["PolicyName"]), holders(held.properties))


def _take(site: Site, name: str, given: set[tuple[str, str, str]]) -> None:
    for noun, member, holder in sorted(given):
        site.call("iam", f"Delete{noun}Policy", {member: holder, "PolicyName": name})


TYPE = ResourceType(
    "AWS::IAM::Policy",
    _create,
    _delete,
    words("Groups PolicyDocument PolicyName Roles Users"),
    _update,
    required=("PolicyName", "PolicyDocument"),
    taggable=False,
    iam=True,
)
