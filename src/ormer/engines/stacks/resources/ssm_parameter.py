"""AWS::SSM::Parameter: Ref gives its name, Fn::GetAtt its value."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "Name"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(1011))
    return _put(site, name, properties, overwrites=False)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return _put(site, held.physical_id, properties, overwrites=True)


def _put(site: Site, name: str, properties: JsonDict, overwrites: bool) -> Made:
    site.make("ssm", "PutParameter", {**properties, NAME: name}, Overwrite=overwrites)
    arn = arns.arn("ssm", site.region, site.account, f"parameter/{name.lstrip('/')}")
    attributes = {key: text_of(properties[key]) for key in ("Type", "Value")}
    return Made(name, {NAME: name, "Arn": arn, **attributes}, arn)


def _delete(site: Site, held: Held) -> None:
    site.call("ssm", "DeleteParameter", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::SSM::Parameter",
    _create,
    _delete,
    words("AllowedPattern DataType Description Name Policies Tier Type Value"),
    _update,
    words(NAME),
    ("Type", "Value"),
    words("Arn Name Type Value"),
    NAME,
)
