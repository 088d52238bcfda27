"""Route tables, and the subnets they are in force for."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.default_networks import stand
from ormer.services.ec2.kinds import in_use, tags_for, with_tags, writes
from ormer.services.ec2.nouns import INTERNET_GATEWAY, ROUTE_TABLE, SUBNET, VPC, VPC_ENDPOINT
from ormer.services.ec2.vpc_parts import associate, is_main, make_route_table
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ASSOCIATION, ASSOCIATIONS = "RouteTableAssociationId", "Associations"
ASSOCIATED = {"State": "associated"}


@writes
def create_route_table(call: Call, request: JsonDict) -> JsonDict:
    """Make a route table of a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html

    Differs: kept; nothing is routed by it. Errors: InvalidVpcID.NotFound.
    """
    stand(call)
    vpc = VPC.get(call, request["VpcId"])
    return {"RouteTable": with_tags(call, make_route_table(call, vpc, tags_for(request, ROUTE_TABLE)))}


def describe_route_tables(call: Call, request: JsonDict) -> JsonDict:
    """List route tables. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html

    Errors: InvalidRouteTableID.NotFound, InvalidParameterValue.
    """
    stand(call)
    return ROUTE_TABLE.listed(call, request, "RouteTables")


@writes
def delete_route_table(call: Call, request: JsonDict) -> JsonDict:
    """Delete a table in force for nothing. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html

    Errors: InvalidRouteTableID.NotFound; DependencyViolation for a main table and for one that has associations.
    """
    row = ROUTE_TABLE.get(call, request["RouteTableId"])
    users = [one.name for one in VPC_ENDPOINT.rows(call, row.parent) if row.name in one.document["RouteTableIds"]]
    if row.document[ASSOCIATIONS] or users:
        raise in_use(f"The routeTable '{row.name}' has dependencies and cannot be deleted.")
    ROUTE_TABLE.remove(call, row)
    return {}


@writes
def associate_route_table(call: Call, request: JsonDict) -> JsonDict:
    """Put a table in force for a subnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html

    Errors: InvalidRouteTableID.NotFound, InvalidSubnetID.NotFound, InvalidInternetGatewayID.NotFound,
    Resource.AlreadyAssociated, InvalidParameterValue, MissingParameter.
    """
    table = ROUTE_TABLE.get(call, request["RouteTableId"])
    member, subject = _subject(call, table, request)
    for other in ROUTE_TABLE.rows(call, table.parent):
        for one in other.document[ASSOCIATIONS]:
            if one.get(member) != subject:
                continue
            if other.name == table.name:
                return {"AssociationId": one[ASSOCIATION], "AssociationState": ASSOCIATED}
            text = f"the specified association for route table {table.name} conflicts with an existing association"
            raise AwsError("Resource.AlreadyAssociated", text)
    return {"AssociationId": associate(call, table, {member: subject}), "AssociationState": ASSOCIATED}


def _subject(call: Call, table: Row, request: JsonDict) -> tuple[str, str]:
    """What a table is to be in force for: (member of the association, id)."""
    if request.get("GatewayId"):
        return "GatewayId", INTERNET_GATEWAY.get(call, request["GatewayId"]).name
    if not request.get("SubnetId"):
        raise AwsError("MissingParameter", "The request must contain the parameter subnetId or gatewayId.")
    subnet = SUBNET.get(call, request["SubnetId"])
    if subnet.parent != table.parent:
        text = f"Route table {table.name} and subnet {subnet.name} belong to different networks"
        raise AwsError("InvalidParameterValue", text)
    return "SubnetId", subnet.name


@writes
def disassociate_route_table(call: Call, request: JsonDict) -> JsonDict:
    """Let a subnet's main table be in force again. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html

    Errors: InvalidAssociationID.NotFound, InvalidParameterValue.
    """
    table, found = _association(call, request["AssociationId"])
    if found["Main"]:
        text = f"cannot disassociate the main route table association {found[ASSOCIATION]}"
        raise AwsError("InvalidParameterValue", text)
    _drop(call, table, found)
    return {}


@writes
def replace_route_table_association(call: Call, request: JsonDict) -> JsonDict:
    """Put another table in force. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html

    Errors: InvalidAssociationID.NotFound, InvalidRouteTableID.NotFound, InvalidParameterValue.
    """
    table, found = _association(call, request["AssociationId"])
    other = ROUTE_TABLE.get(call, request["RouteTableId"])
    if other.parent != table.parent:
        text = f"Route tables {table.name} and {other.name} belong to different networks"
        raise AwsError("InvalidParameterValue", text)
    _drop(call, table, found)
    subject = {name: found[name] for name in ("Main", "SubnetId", "GatewayId") if name in found}
    made = associate(call, ROUTE_TABLE.get(call, other.name), subject)
    return {"NewAssociationId": made, "AssociationState": ASSOCIATED}


def _association(call: Call, identifier: str) -> tuple[Row, JsonDict]:
    for table in ROUTE_TABLE.rows(call):
        for one in table.document[ASSOCIATIONS]:
            if one[ASSOCIATION] == identifier:
                return table, one
    raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{identifier}' does not exist")


def _drop(call: Call, table: Row, gone: JsonDict) -> None:
    left = [one for one in table.document[ASSOCIATIONS] if one[ASSOCIATION] != gone[ASSOCIATION]]
    ROUTE_TABLE.save(call, table, {ASSOCIATIONS: left})


def table_of(call: Call, subnet: Row) -> Row:
    """The table in force for a subnet: its own, or its VPC's main one."""
    tables = ROUTE_TABLE.rows(call, subnet.parent)
    for table in tables:
        if any(one.get("SubnetId") == subnet.name for one in table.document[ASSOCIATIONS]):
            return table
    return next(table for table in tables if is_main(table))
