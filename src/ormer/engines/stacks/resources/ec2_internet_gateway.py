"""AWS::EC2::InternetGateway: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, tags

JsonDict = dict[str, Any]
ID = "InternetGatewayId"


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.call(SERVICE, "CreateInternetGateway", tags(site, "internet-gateway"))["InternetGateway"][ID]
    return Made(made, {ID: made}, arn_of(site, "internet-gateway", made))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = ResourceType(
    "AWS::EC2::InternetGateway",
    _create,
    deleting("DeleteInternetGateway", ID),
    frozenset(),
    _update,
    attributes=words(ID),
)
