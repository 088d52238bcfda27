"""AWS::EC2::Route: Ref gives the table's id and the destination."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE

JsonDict = dict[str, Any]
TABLE = "RouteTableId"
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
PLACE = (TABLE, *DESTINATIONS)
TARGETS = (
    "CarrierGatewayId CoreNetworkArn EgressOnlyInternetGatewayId GatewayId InstanceId LocalGatewayId NatGatewayId "
    "NetworkInterfaceId OdbNetworkArn TransitGatewayId VpcEndpointId VpcPeeringConnectionId"
)


def _create(site: Site, properties: JsonDict) -> Made:
    site.make(SERVICE, "CreateRoute", properties)
    destination = next((text_of(properties[name]) for name in DESTINATIONS if properties.get(name)), "")
    return Made(f"{properties[TABLE]}|{destination}", {"CidrBlock": destination})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make(SERVICE, "ReplaceRoute", properties)
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DeleteRoute", pick(held.properties, PLACE))


TYPE = ResourceType(
    "AWS::EC2::Route",
    _create,
    _delete,
    words(TARGETS, *PLACE),
    _update,
    words(*PLACE),
    (TABLE,),
    words("CidrBlock"),
    taggable=False,
)
