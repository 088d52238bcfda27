"""AWS::CloudFormation::WaitConditionHandle: makes nothing; templates use it as a place that is always there."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    name = site.name(128)
    return Made(f"https://cloudformation-waitcondition-{site.region}.s3.{site.region}.amazonaws.com/{name}")


def _delete(site: Site, held: Held) -> None:
    """There is nothing to delete."""


TYPE = ResourceType("AWS::CloudFormation::WaitConditionHandle", _create, _delete, frozenset(), taggable=False)
