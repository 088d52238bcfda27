"""What a subnet is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from ormer.aws.zones import Zone
from ormer.services.ec2 import blocks
from ormer.services.ec2.nouns import SUBNET
from ormer.stores.port import Call
from ormer.stores.resources import Row


def make_subnet(
    call: Call,
    vpc: Row,
    network: IPv4Network,
    zone: Zone,
    tags: Iterable[Mapping[str, str]] = (),
    is_default: bool = False,
) -> Row:
    """Store a subnet of a VPC."""
    identifier = SUBNET.new_id()
    document = {
        "AssignIpv6AddressOnCreation": False,
        "AvailabilityZone": zone.name,
        "AvailabilityZoneId": zone.id,
        "AvailableIpAddressCount": blocks.usable(network),
        "CidrBlock": str(network),
        "DefaultForAz": is_default,
        "EnableDns64": False,
        "Ipv6CidrBlockAssociationSet": [],
        "Ipv6Native": False,
        "MapCustomerOwnedIpOnLaunch": False,
        "MapPublicIpOnLaunch": is_default,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "State": "available",
        "SubnetArn": SUBNET.arn_of(call, identifier),
        "VpcId": vpc.name,
    }
    return SUBNET.make(call, document, tags=tags, parent=vpc.name, identifier=identifier)
