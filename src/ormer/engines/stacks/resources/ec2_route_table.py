"""AWS::EC2::RouteTable: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, tags

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    table = site.make(SERVICE, "CreateRouteTable", properties, **tags(site, "route-table"))["RouteTable"]
    identifier = table["RouteTableId"]
    return Made(identifier, {"RouteTableId": identifier}, arn_of(site, "route-table", identifier))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = ResourceType(
    "AWS::EC2::RouteTable",
    _create,
    deleting("DeleteRouteTable", "RouteTableId"),
    words("VpcId"),
    _update,
    words("VpcId"),
    ("VpcId",),
    words("RouteTableId"),
)
