"""Routes: where a table would send what goes to a destination."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2 import blocks
from ormer.services.ec2.kinds import invalid, writes
from ormer.services.ec2.nouns import INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# Targets that are not kept here, and so are refused by name.
FOREIGN = [
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
]
LOCAL = "local"


@writes
def create_route(call: Call, request: JsonDict) -> JsonDict:
    """Add a route to a table. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html

    Differs: to internet gateways and NAT gateways only. Errors: InvalidRouteTableID.NotFound, RouteAlreadyExists,
    InvalidParameterValue, MissingParameter, InvalidGatewayID.NotFound, NatGatewayNotFound, UnsupportedOperation.
    """
    table = ROUTE_TABLE.get(call, request["RouteTableId"])
    destination = _destination(request)
    if _at(table, destination) is not None:
        name = next(iter(destination.values()))
        raise AwsError("RouteAlreadyExists", f"The route identified by {name} already exists.")
    made = {**destination, **_target(call, table, request), "Origin": "CreateRoute", "State": "active"}
    ROUTE_TABLE.save(call, table, {"Routes": [*table.document["Routes"], made]})
    return {"Return": True}


@writes
def replace_route(call: Call, request: JsonDict) -> JsonDict:
    """Send a destination elsewhere. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html

    Errors: InvalidRouteTableID.NotFound, InvalidRoute.NotFound, and those of a target.
    """
    table = ROUTE_TABLE.get(call, request["RouteTableId"])
    destination = _destination(request)
    place = _found(table, destination)
    routes = list(table.document["Routes"])
    target = {"GatewayId": LOCAL} if request.get("LocalTarget") else _target(call, table, request)
    routes[place] = {**destination, **target, "Origin": routes[place]["Origin"], "State": "active"}
    ROUTE_TABLE.save(call, table, {"Routes": routes})
    return {}


@writes
def delete_route(call: Call, request: JsonDict) -> JsonDict:
    """Take a route away. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html

    Errors: InvalidRouteTableID.NotFound, InvalidRoute.NotFound; InvalidParameterValue for the VPC's own route.
    """
    table = ROUTE_TABLE.get(call, request["RouteTableId"])
    place = _found(table, _destination(request))
    routes = list(table.document["Routes"])
    if routes[place]["Origin"] == "CreateRouteTable":
        destination = routes[place]["DestinationCidrBlock"]
        raise invalid(f"cannot remove local route {destination} in route table {table.name}")
    del routes[place]
    ROUTE_TABLE.save(call, table, {"Routes": routes})
    return {}


def _destination(request: JsonDict) -> JsonDict:
    given = {name: request[name] for name in DESTINATIONS if request.get(name)}
    if len(given) != 1:
        raise AwsError("MissingParameter", "The request must contain exactly one destination block.")
    ((name, text),) = given.items()
    if name == "DestinationPrefixListId":
        return given
    fault = f"Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
    return {name: str(blocks.read(text, fault))}


def _at(table: Row, destination: JsonDict) -> int | None:
    places = enumerate(table.document["Routes"])
    return next((place for place, one in places if destination.items() <= one.items()), None)


def _found(table: Row, destination: JsonDict) -> int:
    place = _at(table, destination)
    if place is None:
        name = next(iter(destination.values()))
        text = f"no route with destination-cidr-block {name} in route table {table.name}"
        raise AwsError("InvalidRoute.NotFound", text)
    return place


def _target(call: Call, table: Row, request: JsonDict) -> JsonDict:
    """Where a route leads, as a table tells of it. Raises for what is not there, and for kinds that are not kept."""
    foreign = next((name for name in FOREIGN if request.get(name)), None)
    if foreign:
        text = f"ormer keeps no targets of the kind {foreign}: route to an internet gateway or a NAT gateway."
        raise AwsError("UnsupportedOperation", text)
    if request.get("NatGatewayId"):
        nat = NAT_GATEWAY.get(call, request["NatGatewayId"])
        if nat.parent != table.parent:
            raise invalid(f"route table {table.name} and network gateway {nat.name} belong to different networks")
        return {"NatGatewayId": nat.name}
    identifier = request.get("GatewayId")
    if not identifier:
        raise AwsError("MissingParameter", "The request must contain the parameter gatewayId or natGatewayId.")
    gateway = INTERNET_GATEWAY.find(call, identifier)
    if gateway is None:
        raise AwsError("InvalidGatewayID.NotFound", f"The gateway ID '{identifier}' does not exist")
    if all(one["VpcId"] != table.parent for one in gateway.document["Attachments"]):
        raise invalid(f"route table {table.name} and network gateway {identifier} belong to different networks")
    return {"GatewayId": identifier}
