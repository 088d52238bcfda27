"""What a VPC is made with: its main route table, its default security group and its default network ACL."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from ormer.services.ec2.kinds import ID_BYTES, ID_LETTERS
from ormer.services.ec2.nouns import NETWORK_ACL, ROUTE_TABLE, SECURITY_GROUP, SECURITY_GROUP_RULE, VPC
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
EVERYWHERE = "0.0.0.0/0"
# What an ACL's last rule is numbered, which no one can take away.
LAST_RULE = 32767


def make_vpc(
    call: Call,
    cidr: str,
    tags: Iterable[Mapping[str, str]] = (),
    tenancy: str = "default",
    is_default: bool = False,
) -> Row:
    """Store a VPC with what each has from the first."""
    row = VPC.make(
        call,
        {
            "CidrBlock": cidr,
            "CidrBlockAssociationSet": [cidr_association(cidr)],
            "DhcpOptionsId": "default",
            "InstanceTenancy": tenancy,
            "IsDefault": is_default,
            "State": "available",
        },
        tags=tags,
        facts={"EnableDnsSupport": True, "EnableDnsHostnames": is_default},
    )
    table = make_route_table(call, row)
    associate(call, table, {"Main": True})
    group = make_group(call, row.name, "default", "default VPC security group")
    add_rule(call, group, {"IsEgress": False, "IpProtocol": "-1", "ReferencedGroupInfo": referenced(call, group.name)})
    _make_acl(call, row)
    return row


def cidr_association(cidr: str) -> JsonDict:
    return {
        "AssociationId": new_id("vpc-cidr-assoc"),
        "CidrBlock": cidr,
        "CidrBlockState": {"State": "associated"},
    }


def new_id(prefix: str) -> str:
    """An id of an association."""
    return f"{prefix}-{secrets.token_hex(ID_BYTES)[:ID_LETTERS]}"


def make_route_table(call: Call, vpc: Row, tags: Iterable[Mapping[str, str]] = ()) -> Row:
    """Store a route table with the VPC's own route."""
    local = {
        "DestinationCidrBlock": vpc.document["CidrBlock"],
        "GatewayId": "local",
        "Origin": "CreateRouteTable",
        "State": "active",
    }
    document = {"VpcId": vpc.name, "Associations": [], "PropagatingVgws": [], "Routes": [local]}
    return ROUTE_TABLE.make(call, document, tags=tags, parent=vpc.name)


def associate(call: Call, table: Row, subject: JsonDict) -> str:
    """Put a route table in force for a subnet, or as a VPC's main one; returns the association's id."""
    made = {
        "RouteTableAssociationId": new_id("rtbassoc"),
        "RouteTableId": table.name,
        "AssociationState": {"State": "associated"},
        "Main": False,
        **subject,
    }
    ROUTE_TABLE.save(call, table, {"Associations": [*table.document["Associations"], made]})
    return str(made["RouteTableAssociationId"])


def is_main(table: Row) -> bool:
    """Whether a route table is its VPC's main one."""
    return any(one["Main"] for one in table.document["Associations"])


def make_group(call: Call, vpc_id: str, name: str, description: str, tags: Iterable[Mapping[str, str]] = ()) -> Row:
    """Store a security group that lets everything out and nothing in."""
    identifier = SECURITY_GROUP.new_id()
    document = {
        "GroupName": name,
        "Description": description,
        "VpcId": vpc_id,
        "SecurityGroupArn": SECURITY_GROUP.arn_of(call, identifier),
    }
    row = SECURITY_GROUP.make(call, document, tags=tags, parent=vpc_id, identifier=identifier)
    add_rule(call, row, {"IsEgress": True, "IpProtocol": "-1", "CidrIpv4": EVERYWHERE})
    return row


def add_rule(call: Call, group: Row, rule: JsonDict, tags: Iterable[Mapping[str, str]] = ()) -> Row:
    """Store a rule of a group, in the words of a SecurityGroupRule."""
    identifier = SECURITY_GROUP_RULE.new_id()
    document = {
        "GroupId": group.name,
        "GroupOwnerId": call.account,
        "FromPort": -1,
        "ToPort": -1,
        **rule,
        "SecurityGroupRuleArn": SECURITY_GROUP_RULE.arn_of(call, identifier),
    }
    return SECURITY_GROUP_RULE.make(call, document, tags=tags, parent=group.name, identifier=identifier)


def referenced(call: Call, group_id: str) -> JsonDict:
    """A group as the other end of a rule."""
    return {"GroupId": group_id, "UserId": call.account}


def _make_acl(call: Call, vpc: Row) -> None:
    entries = [
        {
            "CidrBlock": EVERYWHERE,
            "Egress": egress,
            "Protocol": "-1",
            "RuleAction": action,
            "RuleNumber": number,
        }
        for egress in (True, False)
        for action, number in (("allow", 100), ("deny", LAST_RULE))
    ]
    document = {"VpcId": vpc.name, "IsDefault": True, "Entries": entries, "Associations": []}
    NETWORK_ACL.make(call, document, parent=vpc.name)
