"""NAT gateways: what stands in a private subnet would reach the internet through one."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.kinds import tags_for, with_tags, writes
from ormer.services.ec2.nouns import ADDRESS, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, SUBNET
from ormer.services.ec2.vpc_parts import new_id
from ormer.stores import resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PUBLIC = "public"
TOKEN = "ClientToken"


@writes
def create_nat_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Make a NAT gateway in a subnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html

    Differs: it is available at once, has one address, and nothing passes it. Errors: InvalidSubnetID.NotFound,
    InvalidAllocationID.NotFound, MissingParameter, Resource.AlreadyAssociated, Gateway.NotAttached.
    """
    token = request.get(TOKEN)
    made = next((row for row in NAT_GATEWAY.rows(call) if token and row.facts.get(TOKEN) == token), None)
    if made is None:
        made = _made(call, request)
    return {"NatGateway": with_tags(call, made), TOKEN: token}


def _made(call: Call, request: JsonDict) -> Row:
    if not request.get("SubnetId"):
        raise AwsError("MissingParameter", "The request must contain the parameter SubnetId.")
    subnet = SUBNET.get(call, request["SubnetId"])
    connectivity = request.get("ConnectivityType", PUBLIC)
    address = _address(call, subnet, request) if connectivity == PUBLIC else None
    shown = _associated(call, address) if address is not None else {}
    document = {
        "ConnectivityType": connectivity,
        "CreateTime": call.now,
        "NatGatewayAddresses": [{**shown, "IsPrimary": True, "Status": "succeeded"}],
        "State": "available",
        "SubnetId": subnet.name,
        "VpcId": subnet.parent,
    }
    facts = {TOKEN: request[TOKEN]} if request.get(TOKEN) else {}
    tags = tags_for(request, NAT_GATEWAY)
    return NAT_GATEWAY.make(call, document, tags=tags, parent=subnet.parent, facts=facts)


def _address(call: Call, subnet: Row, request: JsonDict) -> Row:
    if not request.get("AllocationId"):
        raise AwsError("MissingParameter", "A public NAT gateway needs an AllocationId: allocate an address for it.")
    row = ADDRESS.get(call, request["AllocationId"])
    if row.document.get("AssociationId"):
        raise AwsError("Resource.AlreadyAssociated", f"resource {row.name} is already associated.")
    attached = [one["VpcId"] for gateway in INTERNET_GATEWAY.rows(call) for one in gateway.document["Attachments"]]
    if subnet.parent not in attached:
        raise AwsError("Gateway.NotAttached", f"Network {subnet.parent} has no Internet gateway attached")
    return row


def _associated(call: Call, address: Row) -> JsonDict:
    """Bind an address, and tell of it as a NAT gateway does."""
    association = new_id("eipassoc")
    ADDRESS.save(call, address, {"AssociationId": association})
    return {
        "AllocationId": address.name,
        "AssociationId": association,
        "PublicIp": address.document["PublicIp"],
    }


def describe_nat_gateways(call: Call, request: JsonDict) -> JsonDict:
    """List NAT gateways. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html

    Errors: NatGatewayNotFound, InvalidParameterValue.
    """
    return NAT_GATEWAY.listed(call, request, "NatGateways")


@writes
def delete_nat_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Delete a NAT gateway; its address stays. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html

    Differs: it is gone at once, where AWS shows it as deleted for an hour; routes to it stay, as blackholes.
    Errors: NatGatewayNotFound.
    """
    row = NAT_GATEWAY.get(call, request["NatGatewayId"])
    for one in row.document["NatGatewayAddresses"]:
        address = ADDRESS.find(call, one.get("AllocationId", ""))
        if address is not None:
            with call.write() as tx:
                resources.save(tx, address, {}, now=call.now, drop=("AssociationId",))
    _blacken(call, row)
    NAT_GATEWAY.remove(call, row)
    return {"NatGatewayId": row.name}


def _blacken(call: Call, gateway: Row) -> None:
    """Mark the routes that led to a gateway."""
    for table in ROUTE_TABLE.rows(call, gateway.parent):
        routes = table.document["Routes"]
        if any(one.get("NatGatewayId") == gateway.name for one in routes):
            marked = [
                {**one, "State": "blackhole"} if one.get("NatGatewayId") == gateway.name else one for one in routes
            ]
            ROUTE_TABLE.save(call, table, {"Routes": marked})
