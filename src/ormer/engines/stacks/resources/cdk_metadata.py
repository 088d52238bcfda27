"""AWS::CDK::Metadata: makes nothing; the CDK leaves word in it of what a stack was written with."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    return Made(site.name(128))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return Made(held.physical_id)


def _delete(site: Site, held: Held) -> None:
    """There is nothing to delete."""


TYPE = ResourceType("AWS::CDK::Metadata", _create, _delete, frozenset({"Analytics"}), _update, taggable=False)
