"""Subnets: parts of a VPC's addresses in one availability zone."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.zones import Zone, zones
from ormer.services.ec2 import blocks
from ormer.services.ec2.default_networks import stand
from ormer.services.ec2.kinds import in_use, invalid, tags_for, with_tags, writes
from ormer.services.ec2.nouns import NAT_GATEWAY, ROUTE_TABLE, SUBNET, VPC, VPC_ENDPOINT
from ormer.services.ec2.subnet_parts import make_subnet
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
RANGE = "InvalidSubnet.Range"
SWITCHES = ("AssignIpv6AddressOnCreation", "EnableDns64", "MapCustomerOwnedIpOnLaunch", "MapPublicIpOnLaunch")
# Members of a request that change how hosts are called, and what they are called in a subnet.
HOST_NAMES = {
    "EnableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}


@writes
def create_subnet(call: Call, request: JsonDict) -> JsonDict:
    """Make a subnet of a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html

    Differs: of IPv4 addresses only; the first zone is taken where none is named.
    Errors: InvalidVpcID.NotFound, MissingParameter, InvalidParameterValue, InvalidSubnet.Range, InvalidSubnet.Conflict.
    """
    stand(call)
    vpc = VPC.get(call, request["VpcId"])
    if not request.get("CidrBlock"):
        raise AwsError("MissingParameter", "The request must contain the parameter cidrBlock.")
    if request.get("Ipv6CidrBlock") or request.get("Ipv6Native"):
        raise AwsError("UnsupportedOperation", "ormer's subnets have IPv4 addresses only: leave out the IPv6 block.")
    network = blocks.block(request["CidrBlock"], RANGE)
    _check(call, vpc, network)
    row = make_subnet(call, vpc, network, _zone(call, request), tags_for(request, SUBNET))
    return {"Subnet": with_tags(call, row)}


def _check(call: Call, vpc: Row, network: IPv4Network) -> None:
    """Raise unless a block lies within the VPC's and beside its other subnets'."""
    own = [blocks.block(one["CidrBlock"], RANGE) for one in vpc.document["CidrBlockAssociationSet"]]
    if not any(network.subnet_of(one) for one in own):
        raise AwsError(RANGE, f"The CIDR '{network}' is invalid: it lies outside of {vpc.name}'s.")
    for subnet in SUBNET.rows(call, vpc.name):
        if network.overlaps(blocks.block(subnet.document["CidrBlock"], RANGE)):
            raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{network}' conflicts with another subnet")


def _zone(call: Call, request: JsonDict) -> Zone:
    name, identifier = request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    for zone in zones(call.region):
        if name in (None, zone.name) and identifier in (None, zone.id):
            return zone
    valid = ", ".join(zone.name for zone in zones(call.region))
    raise invalid(
        f"Value ({name or identifier}) for parameter availabilityZone is invalid. Subnets can currently only be "
        f"created in the following availability zones: {valid}."
    )


def describe_subnets(call: Call, request: JsonDict) -> JsonDict:
    """List subnets. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html

    Errors: InvalidSubnetID.NotFound, InvalidParameterValue.
    """
    stand(call)
    return SUBNET.listed(call, request, "Subnets")


@writes
def modify_subnet_attribute(call: Call, request: JsonDict) -> JsonDict:
    """Change what hosts in a subnet get. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html

    Differs: kept; no hosts are made. Errors: InvalidSubnetID.NotFound.
    """
    row = SUBNET.get(call, request["SubnetId"])
    change: JsonDict = {name: bool(request[name].get("Value")) for name in SWITCHES if name in request}
    names = dict(row.document["PrivateDnsNameOptionsOnLaunch"])
    names |= {shown: bool(request[name].get("Value")) for name, shown in HOST_NAMES.items() if name in request}
    if "PrivateDnsHostnameTypeOnLaunch" in request:
        names["HostnameType"] = request["PrivateDnsHostnameTypeOnLaunch"]
    SUBNET.save(call, row, {**change, "PrivateDnsNameOptionsOnLaunch": names})
    return {}


@writes
def delete_subnet(call: Call, request: JsonDict) -> JsonDict:
    """Delete a subnet that nothing stands in. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html

    Errors: InvalidSubnetID.NotFound, DependencyViolation.
    """
    row = SUBNET.get(call, request["SubnetId"])
    held = [one for one in NAT_GATEWAY.rows(call, row.parent) if one.document["SubnetId"] == row.name]
    held += [one for one in VPC_ENDPOINT.rows(call, row.parent) if row.name in one.document["SubnetIds"]]
    if held:
        text = f"The subnet '{row.name}' has dependencies and cannot be deleted: {held[0].name}."
        raise in_use(text)
    for table in ROUTE_TABLE.rows(call, row.parent):
        before = table.document["Associations"]
        left = [one for one in before if one.get("SubnetId") != row.name]
        if len(left) < len(before):
            ROUTE_TABLE.save(call, table, {"Associations": left})
    SUBNET.remove(call, row)
    return {}
