"""AWS::IAM::ManagedPolicy: Ref gives its ARN; a changed document becomes its default version."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.iam_texts import attach, detach, document, holders

JsonDict = dict[str, Any]
NAME = "ManagedPolicyName"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
VERSIONS_MAX = 5


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(128))
    request = {"PolicyName": name, **pick(properties, ("Path", "Description"))}
    made = site.make("iam", "CreatePolicy", {**request, "PolicyDocument": document(properties["PolicyDocument"])})
    policy = made["Policy"]
    attach(site, policy["Arn"], holders(properties))
    attributes = {NAME: name, "PolicyArn": policy["Arn"], "PolicyId": policy.get("PolicyId", "")}
    return Made(policy["Arn"], attributes, policy["Arn"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    if plain(properties["PolicyDocument"]) != plain(held.properties["PolicyDocument"]):
        _make_room(site, held.arn)
        text = document(properties["PolicyDocument"])
        site.call("iam", "CreatePolicyVersion", {"PolicyArn": held.arn, "PolicyDocument": text, "SetAsDefault": True})
    was, wanted = holders(held.properties), holders(properties)
    detach(site, held.arn, was - wanted)
    attach(site, held.arn, wanted - was)
    return Made(held.physical_id, held.attributes, held.arn)


def _make_room(site: Site, arn: str) -> None:
    """A policy has five versions at most: forget the oldest that is not in force."""
    spare = _spare_versions(site, arn)
    if len(spare) >= VERSIONS_MAX - 1:
        site.call("iam", "DeletePolicyVersion", {"PolicyArn": arn, "VersionId": spare[0]})


def _spare_versions(site: Site, arn: str) -> list[str]:
    found = site.call("iam", "ListPolicyVersions", {"PolicyArn": arn})["Versions"]
    return sorted(
        (one["VersionId"] for one in found if not one["IsDefaultVersion"]), key=lambda version: int(version[1:])
    )


def _delete(site: Site, held: Held) -> None:
    detach(site, held.arn, holders(held.properties))
    for version in _spare_versions(site, held.arn):
        site.call("iam", "DeletePolicyVersion", {"PolicyArn": held.arn, "VersionId": version})
    site.call("iam", "DeletePolicy", {"PolicyArn": held.arn})


TYPE = ResourceType(
    "AWS::IAM::ManagedPolicy",
    _create,
    _delete,
    words("Description Groups Path PolicyDocument Roles Users", NAME),
    _update,
    words("Description Path", NAME),
    ("PolicyDocument",),
    words("PolicyArn PolicyId", NAME),
    NAME,
    taggable=False,
    iam=True,
)
