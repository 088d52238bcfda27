"""AWS::EC2::Subnet: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, tags

JsonDict = dict[str, Any]
MADE_WITH = ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId")
SWITCHES = ("AssignIpv6AddressOnCreation", "EnableDns64", "MapPublicIpOnLaunch")


def _create(site: Site, properties: JsonDict) -> Made:
    subnet = site.make(SERVICE, "CreateSubnet", pick(properties, MADE_WITH), **tags(site, "subnet"))["Subnet"]
    identifier = subnet["SubnetId"]
    for name in SWITCHES:
        if name in properties:
            _switch(site, identifier, name, properties[name])
    attributes = {
        **{name: subnet[name] for name in MADE_WITH},
        "Ipv6CidrBlocks": [],
        "NetworkAclAssociationId": _acl_association(site, identifier),
        "SubnetId": identifier,
    }
    return Made(identifier, attributes, arn_of(site, "subnet", identifier))


def _acl_association(site: Site, subnet: str) -> str:
    where = [{"Name": "association.subnet-id", "Values": [subnet]}]
    for acl in site.call(SERVICE, "DescribeNetworkAcls", {"Filters": where})["NetworkAcls"]:
        for one in acl["Associations"]:
            if one["SubnetId"] == subnet:
                return str(one["NetworkAclAssociationId"])
    return ""


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    for name in SWITCHES:
        if properties.get(name) != held.properties.get(name):
            _switch(site, held.physical_id, name, properties.get(name, False))
    return Made(held.physical_id, held.attributes, held.arn)


def _switch(site: Site, identifier: str, name: str, value: Any) -> None:
    site.make(SERVICE, "ModifySubnetAttribute", {"SubnetId": identifier, name: {"Value": value}})


TYPE = ResourceType(
    "AWS::EC2::Subnet",
    _create,
    deleting("DeleteSubnet", "SubnetId"),
    words(*MADE_WITH, *SWITCHES),
    _update,
    words(*MADE_WITH),
    ("VpcId",),
    words("Ipv6CidrBlocks NetworkAclAssociationId SubnetId", *MADE_WITH),
)
