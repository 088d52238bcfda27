"""The default VPC of an account in a region: made when networks are first asked for, and not again once it is deleted.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
"""

from __future__ import annotations

from ipaddress import IPv4Network

from ormer.aws import arns
from ormer.aws.zones import zones
from ormer.services.ec2.kinds import SERVICE
from ormer.services.ec2.nouns import INTERNET_GATEWAY, ROUTE_TABLE
from ormer.services.ec2.subnet_parts import make_subnet
from ormer.services.ec2.vpc_parts import EVERYWHERE, make_vpc
from ormer.stores import resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

CIDR = IPv4Network("172.31.0.0/16")
SUBNET_PREFIX = 20
# Says that the account had its default VPC in the region.
MARK = "DefaultNetwork"


def stand(call: Call) -> None:
    """Make the default VPC unless there was one already."""
    mark = arns.arn(SERVICE, call.region, call.account, "default-network")
    with call.read() as tx:
        if resources.get(tx, mark) is not None:
            return
    with call.write() as tx:
        made = resources.create(tx, arn=mark, kind=MARK, name=MARK, document={}, now=call.now, event=False)
        if made is not None:
            default_vpc(call)


def default_vpc(call: Call) -> Row:
    """Make the default VPC, with a subnet in each zone and a way to the internet; returns it."""
    vpc = make_vpc(call, str(CIDR), is_default=True)
    for zone, block in zip(zones(call.region), CIDR.subnets(new_prefix=SUBNET_PREFIX), strict=False):
        make_subnet(call, vpc, block, zone, is_default=True)
    gateway = INTERNET_GATEWAY.make(call, {"Attachments": [{"State": "available", "VpcId": vpc.name}]})
    (table,) = ROUTE_TABLE.rows(call, vpc.name)
    out = {
        "DestinationCidrBlock": EVERYWHERE,
        "GatewayId": gateway.name,
        "Origin": "CreateRoute",
        "State": "active",
    }
    ROUTE_TABLE.save(call, table, {"Routes": [*table.document["Routes"], out]})
    return vpc
