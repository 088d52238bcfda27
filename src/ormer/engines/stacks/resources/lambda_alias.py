"""AWS::Lambda::Alias: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, without
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
PROVISIONED = "ProvisionedConcurrencyConfig"


def _create(site: Site, properties: JsonDict) -> Made:
    arn = str(site.make("lambda", "CreateAlias", without(properties, PROVISIONED))["AliasArn"])
    return Made(arn, {"AliasArn": arn, "Name": properties["Name"]}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make("lambda", "UpdateAlias", {"Description": "", **without(properties, PROVISIONED)})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    properties = held.properties
    site.make("lambda", "DeleteAlias", {"FunctionName": properties["FunctionName"], "Name": properties["Name"]})


TYPE = ResourceType(
    "AWS::Lambda::Alias",
    _create,
    _delete,
    words("Description FunctionName FunctionVersion Name RoutingConfig", PROVISIONED),
    _update,
    words("Name FunctionName"),
    ("FunctionName", "FunctionVersion", "Name"),
    words("AliasArn Name"),
    "Name",
    taggable=False,
)
