"""VPCs, each with its main route table, its default security group and its default network ACL."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2 import blocks
from ormer.services.ec2.default_networks import default_vpc, stand
from ormer.services.ec2.kinds import in_use, invalid, tags_for, with_tags, writes
from ormer.services.ec2.nouns import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    NETWORK_ACL,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)
from ormer.services.ec2.vpc_parts import cidr_association, is_main, make_vpc
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# Attributes of a VPC that ModifyVpcAttribute changes, by their names in requests for one of them.
ATTRIBUTES = {
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableDnsSupport": "EnableDnsSupport",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}
HELD = (SUBNET, VPC_ENDPOINT, NAT_GATEWAY)


@writes
def create_vpc(call: Call, request: JsonDict) -> JsonDict:
    """Make a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html

    Differs: of IPv4 addresses only, and nothing is routed by it. Errors: MissingParameter, InvalidParameterValue,
    InvalidVpc.Range.
    """
    stand(call)
    if not request.get("CidrBlock"):
        raise AwsError("MissingParameter", "The request must contain the parameter cidrBlock.")
    if request.get("AmazonProvidedIpv6CidrBlock") or request.get("Ipv6CidrBlock"):
        raise AwsError("UnsupportedOperation", "ormer's VPCs have IPv4 addresses only: leave out the IPv6 block.")
    network = blocks.block(request["CidrBlock"], "InvalidVpc.Range")
    row = make_vpc(call, str(network), tags_for(request, VPC), request.get("InstanceTenancy", "default"))
    return {"Vpc": with_tags(call, row)}


@writes
def create_default_vpc(call: Call, request: JsonDict) -> JsonDict:
    """Make the default VPC again. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html

    Errors: DefaultVpcAlreadyExists.
    """
    stand(call)
    if any(row.document["IsDefault"] for row in VPC.rows(call)):
        raise AwsError("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
    return {"Vpc": with_tags(call, default_vpc(call))}


def describe_vpcs(call: Call, request: JsonDict) -> JsonDict:
    """List VPCs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html

    Errors: InvalidVpcID.NotFound, InvalidParameterValue.
    """
    stand(call)
    return VPC.listed(call, request, "Vpcs")


@writes
def delete_vpc(call: Call, request: JsonDict) -> JsonDict:
    """Delete a VPC that nothing is left in. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html

    Errors: InvalidVpcID.NotFound, DependencyViolation.
    """
    row = VPC.get(call, request["VpcId"])
    attached = [
        gateway
        for gateway in INTERNET_GATEWAY.rows(call)
        if any(one["VpcId"] == row.name for one in gateway.document["Attachments"])
    ]
    tables, groups = ROUTE_TABLE.rows(call, row.name), SECURITY_GROUP.rows(call, row.name)
    own = [one for one in groups if one.document["GroupName"] != "default"]
    held = [one for kind in HELD for one in kind.rows(call, row.name)]
    held += [*attached, *own, *(one for one in tables if not is_main(one))]
    if held:
        names = ", ".join(one.name for one in held[:3])
        raise in_use(f"The vpc '{row.name}' has dependencies and cannot be deleted: {names}.")
    for group in groups:
        for rule in SECURITY_GROUP_RULE.rows(call, group.name):
            SECURITY_GROUP_RULE.remove(call, rule)
        SECURITY_GROUP.remove(call, group)
    for table in tables:
        ROUTE_TABLE.remove(call, table)
    for acl in NETWORK_ACL.rows(call, row.name):
        NETWORK_ACL.remove(call, acl)
    VPC.remove(call, row)
    return {}


@writes
def modify_vpc_attribute(call: Call, request: JsonDict) -> JsonDict:
    """Change how a VPC names its hosts. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html

    Differs: kept; no names are given. Errors: InvalidVpcID.NotFound, InvalidParameterCombination.
    """
    row = VPC.get(call, request["VpcId"])
    change = {name: bool(request[name].get("Value")) for name in ATTRIBUTES.values() if name in request}
    if len(change) != 1:
        raise AwsError("InvalidParameterCombination", "Change one attribute of a VPC with each request.")
    VPC.save(call, row, {}, facts=change)
    return {}


def describe_vpc_attribute(call: Call, request: JsonDict) -> JsonDict:
    """Answer one attribute of a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html

    Errors: InvalidVpcID.NotFound, InvalidParameterValue.
    """
    stand(call)
    row = VPC.get(call, request["VpcId"])
    name = ATTRIBUTES.get(request["Attribute"])
    if name is None:
        raise invalid(f"Value ({request['Attribute']}) for parameter attribute is invalid. Unknown attribute.")
    return {"VpcId": row.name, name: {"Value": bool(row.facts.get(name, name == "EnableDnsSupport"))}}


@writes
def associate_vpc_cidr_block(call: Call, request: JsonDict) -> JsonDict:
    """Give a VPC a further block. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html

    Differs: of IPv4 addresses only. Errors: InvalidVpcID.NotFound, MissingParameter, InvalidVpc.Range.
    """
    row = VPC.get(call, request["VpcId"])
    if not request.get("CidrBlock"):
        raise AwsError("MissingParameter", "The request must contain the parameter cidrBlock: ormer has IPv4 only.")
    network = blocks.block(request["CidrBlock"], "InvalidVpc.Range")
    before = row.document["CidrBlockAssociationSet"]
    if any(network.overlaps(blocks.block(one["CidrBlock"], "InvalidVpc.Range")) for one in before):
        raise AwsError("InvalidVpc.Range", f"The CIDR '{network}' overlaps a block of {row.name}.")
    made = cidr_association(str(network))
    VPC.save(call, row, {"CidrBlockAssociationSet": [*before, made]})
    return {"VpcId": row.name, "CidrBlockAssociation": made}


@writes
def disassociate_vpc_cidr_block(call: Call, request: JsonDict) -> JsonDict:
    """Take a further block away. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html

    Errors: InvalidVpcCidrBlockAssociationID.NotFound; OperationNotPermitted for the first block; DependencyViolation.
    """
    wanted = request["AssociationId"]
    for row in VPC.rows(call):
        before = row.document["CidrBlockAssociationSet"]
        found = next((one for one in before if one["AssociationId"] == wanted), None)
        if found is None:
            continue
        if found["CidrBlock"] == row.document["CidrBlock"]:
            raise AwsError("OperationNotPermitted", "The primary CIDR block of a VPC may not be disassociated.")
        _check_empty(call, row, found["CidrBlock"])
        VPC.save(call, row, {"CidrBlockAssociationSet": [one for one in before if one is not found]})
        return {"VpcId": row.name, "CidrBlockAssociation": {**found, "CidrBlockState": {"State": "disassociated"}}}
    raise AwsError("InvalidVpcCidrBlockAssociationID.NotFound", f"The association ID '{wanted}' does not exist")


def _check_empty(call: Call, vpc: Row, text: str) -> None:
    network = blocks.block(text, "InvalidVpc.Range")
    for subnet in SUBNET.rows(call, vpc.name):
        if network.overlaps(blocks.block(subnet.document["CidrBlock"], "InvalidSubnet.Range")):
            raise in_use(f"The CIDR '{text}' is used by the subnet {subnet.name}.")
