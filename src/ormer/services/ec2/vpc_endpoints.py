"""VPC endpoints: ways from a VPC to a service, as a gateway in route tables or as addresses in subnets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.kinds import invalid, tags_for, with_tags, writes
from ormer.services.ec2.nouns import ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, VPC_ENDPOINT
from ormer.services.ec2.prefix_lists import WITH_GATEWAYS, prefix_list
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
GATEWAY, INTERFACE = "Gateway", "Interface"
OPEN_POLICY = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
TOKEN = "ClientToken"
PREFIXES = ("com.amazonaws.", "aws.", "aws.api.")


@writes
def create_vpc_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Make an endpoint. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html

    Differs: gateways and interfaces only; available at once; nothing passes it, and an interface has no network
    interfaces. Errors: InvalidVpcID.NotFound, InvalidServiceName, RouteAlreadyExists, InvalidParameter, and those of
    the tables, subnets and groups it names.
    """
    token = request.get(TOKEN)
    made = next((row for row in VPC_ENDPOINT.rows(call) if token and row.facts.get(TOKEN) == token), None)
    if made is None:
        made = _made(call, request)
    return {"VpcEndpoint": with_tags(call, made), TOKEN: token}


def _made(call: Call, request: JsonDict) -> Row:
    vpc = VPC.get(call, request["VpcId"])
    service, kind = request.get("ServiceName", ""), request.get("VpcEndpointType", GATEWAY)
    _check(call, service, kind)
    tables = [_of(vpc, ROUTE_TABLE.get(call, one)) for one in request.get("RouteTableIds") or ()]
    subnets = [_of(vpc, SUBNET.get(call, one)) for one in request.get("SubnetIds") or ()]
    document = {
        "CreationTimestamp": call.now,
        "DnsEntries": [],
        "Groups": _groups(call, vpc, request.get("SecurityGroupIds") or ()) if kind == INTERFACE else [],
        "IpAddressType": request.get("IpAddressType", "ipv4"),
        "NetworkInterfaceIds": [],
        "PolicyDocument": request.get("PolicyDocument") or OPEN_POLICY,
        "PrivateDnsEnabled": bool(request.get("PrivateDnsEnabled", kind == INTERFACE)) if kind == INTERFACE else False,
        "RequesterManaged": False,
        "RouteTableIds": [one.name for one in tables],
        "ServiceName": service,
        "State": "available",
        "SubnetIds": [one.name for one in subnets],
        "VpcEndpointType": kind,
        "VpcId": vpc.name,
    }
    facts = {TOKEN: request[TOKEN]} if request.get(TOKEN) else {}
    row = VPC_ENDPOINT.make(call, document, tags=tags_for(request, VPC_ENDPOINT), parent=vpc.name, facts=facts)
    for table in tables:
        _lead(call, table, row)
    return row


def _check(call: Call, service: str, kind: str) -> None:
    if kind not in (GATEWAY, INTERFACE):
        raise AwsError("UnsupportedOperation", f"ormer has no endpoints of the type {kind}: {GATEWAY} and {INTERFACE}.")
    if not service.startswith(PREFIXES):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    names = [f"com.amazonaws.{call.region}.{one}" for one in WITH_GATEWAYS]
    if kind == GATEWAY and service not in names:
        text = f"Endpoint type (Gateway) does not match available service types ([Interface]) of {service}."
        raise AwsError("InvalidParameter", text)


def _of(vpc: Row, row: Row) -> Row:
    if row.parent != vpc.name:
        raise AwsError("InvalidParameter", f"{row.name} is not of the VPC {vpc.name}.")
    return row


def _groups(call: Call, vpc: Row, ids: Iterable[str]) -> list[JsonDict]:
    """The groups of an interface, as it tells of them; the VPC's default group without any."""
    found = [_of(vpc, SECURITY_GROUP.get(call, one)) for one in ids]
    if not found:
        rows = SECURITY_GROUP.rows(call, vpc.name)
        found = [row for row in rows if row.document["GroupName"] == "default"]
    return [{"GroupId": row.name, "GroupName": row.document["GroupName"]} for row in found]


def _lead(call: Call, table: Row, endpoint: Row) -> None:
    """Put an endpoint's route into a table. Raises RouteAlreadyExists where another endpoint has it."""
    service = endpoint.document["ServiceName"].rpartition(".")[2]
    destination = prefix_list(call.region, service)
    routes = table.document["Routes"]
    if any(one.get("DestinationPrefixListId") == destination for one in routes):
        text = f"route table {table.name} already has a route with destination-prefix-list-id {destination}"
        raise AwsError("RouteAlreadyExists", text)
    made = {
        "DestinationPrefixListId": destination,
        "GatewayId": endpoint.name,
        "Origin": "CreateRoute",
        "State": "active",
    }
    ROUTE_TABLE.save(call, table, {"Routes": [*routes, made]})


def _leave(call: Call, endpoint: Row, ids: Iterable[str]) -> None:
    """Take an endpoint's route out of tables."""
    for identifier in ids:
        table = ROUTE_TABLE.find(call, identifier)
        if table is not None:
            left = [one for one in table.document["Routes"] if one.get("GatewayId") != endpoint.name]
            ROUTE_TABLE.save(call, table, {"Routes": left})


def describe_vpc_endpoints(call: Call, request: JsonDict) -> JsonDict:
    """List endpoints. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html

    Errors: InvalidVpcEndpointId.NotFound, InvalidParameterValue.
    """
    return VPC_ENDPOINT.listed(call, request, "VpcEndpoints")


@writes
def modify_vpc_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Change an endpoint. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html

    Errors: InvalidVpcEndpointId.NotFound, RouteAlreadyExists, and those of the tables, subnets and groups it names.
    """
    row = VPC_ENDPOINT.get(call, request["VpcEndpointId"])
    vpc = VPC.get(call, row.parent)
    change: JsonDict = {name: request[name] for name in ("PolicyDocument", "PrivateDnsEnabled") if name in request}
    if request.get("ResetPolicy"):
        change["PolicyDocument"] = OPEN_POLICY
    for kind, member, given in ((ROUTE_TABLE, "RouteTableIds", "RouteTableIds"), (SUBNET, "SubnetIds", "SubnetIds")):
        added = [_of(vpc, kind.get(call, one)).name for one in request.get(f"Add{given}") or ()]
        gone = request.get(f"Remove{given}") or ()
        change[member] = [*(one for one in row.document[member] if one not in gone), *added]
    removed = request.get("RemoveSecurityGroupIds") or ()
    kept = [one["GroupId"] for one in row.document["Groups"] if one["GroupId"] not in removed]
    groups = dict.fromkeys([*kept, *(request.get("AddSecurityGroupIds") or ())])
    if row.document["VpcEndpointType"] == INTERFACE:
        if not groups:
            raise invalid("An interface endpoint has one security group at least.")
        change["Groups"] = _groups(call, vpc, groups)
    for identifier in request.get("AddRouteTableIds") or ():
        _lead(call, ROUTE_TABLE.get(call, identifier), row)
    _leave(call, row, request.get("RemoveRouteTableIds") or ())
    VPC_ENDPOINT.save(call, row, change)
    return {"Return": True}


@writes
def delete_vpc_endpoints(call: Call, request: JsonDict) -> JsonDict:
    """Delete endpoints; those that are not there are told of. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html"""
    failed = []
    for identifier in request["VpcEndpointIds"]:
        row = VPC_ENDPOINT.find(call, identifier)
        if row is None:
            error = VPC_ENDPOINT.not_found(identifier)
            failed.append({"ResourceId": identifier, "Error": {"Code": error.code, "Message": error.message}})
            continue
        _leave(call, row, row.document["RouteTableIds"])
        VPC_ENDPOINT.remove(call, row)
    return {"Unsuccessful": failed}
