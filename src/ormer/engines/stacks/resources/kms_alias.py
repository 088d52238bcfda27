"""AWS::KMS::Alias: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "AliasName"


def _create(site: Site, properties: JsonDict) -> Made:
    site.make("kms", "CreateAlias", properties)
    name = text_of(properties[NAME])
    return Made(name, {NAME: name})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make("kms", "UpdateAlias", properties)
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.call("kms", "DeleteAlias", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::KMS::Alias",
    _create,
    _delete,
    words("AliasName TargetKeyId"),
    _update,
    words(NAME),
    (NAME, "TargetKeyId"),
    words(NAME),
    NAME,
    taggable=False,
)
