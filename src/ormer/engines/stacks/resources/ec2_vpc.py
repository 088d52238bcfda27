"""AWS::EC2::VPC: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, first, tags

JsonDict = dict[str, Any]
ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")
MADE_WITH = ("CidrBlock", "InstanceTenancy")


def _create(site: Site, properties: JsonDict) -> Made:
    vpc = site.make(SERVICE, "CreateVpc", pick(properties, MADE_WITH), **tags(site, "vpc"))["Vpc"]
    identifier = vpc["VpcId"]
    for name in ATTRIBUTES:
        if name in properties:
            _switch(site, identifier, name, properties[name])
    of_vpc = {"Name": "vpc-id", "Values": [identifier]}
    default = {"Filters": [of_vpc, {"Name": "group-name", "Values": ["default"]}]}
    group = first(site.call(SERVICE, "DescribeSecurityGroups", default), "SecurityGroups")
    acl = first(site.call(SERVICE, "DescribeNetworkAcls", {"Filters": [of_vpc]}), "NetworkAcls")
    attributes = {
        "CidrBlock": vpc["CidrBlock"],
        "CidrBlockAssociations": [one["AssociationId"] for one in vpc["CidrBlockAssociationSet"]],
        "DefaultNetworkAcl": acl["NetworkAclId"],
        "DefaultSecurityGroup": group["GroupId"],
        "Ipv6CidrBlocks": [],
        "VpcId": identifier,
    }
    return Made(identifier, attributes, arn_of(site, "vpc", identifier))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    for name in ATTRIBUTES:
        if properties.get(name) != held.properties.get(name):
            _switch(site, held.physical_id, name, properties.get(name, name == ATTRIBUTES[0]))
    return Made(held.physical_id, held.attributes, held.arn)


def _switch(site: Site, identifier: str, name: str, value: Any) -> None:
    site.make(SERVICE, "ModifyVpcAttribute", {"VpcId": identifier, name: {"Value": value}})


TYPE = ResourceType(
    "AWS::EC2::VPC",
    _create,
    deleting("DeleteVpc", "VpcId"),
    words("CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy"),
    _update,
    words("CidrBlock InstanceTenancy"),
    attributes=words("CidrBlock CidrBlockAssociations DefaultNetworkAcl DefaultSecurityGroup Ipv6CidrBlocks VpcId"),
)
