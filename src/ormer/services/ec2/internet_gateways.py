"""Internet gateways: a VPC with one attached would reach the internet."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.default_networks import stand
from ormer.services.ec2.kinds import in_use, invalid, tags_for, with_tags, writes
from ormer.services.ec2.nouns import INTERNET_GATEWAY, NAT_GATEWAY, VPC
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


@writes
def create_internet_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Make a gateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html

    Differs: nothing passes it.
    """
    row = INTERNET_GATEWAY.make(call, {"Attachments": []}, tags=tags_for(request, INTERNET_GATEWAY))
    return {"InternetGateway": with_tags(call, row)}


def describe_internet_gateways(call: Call, request: JsonDict) -> JsonDict:
    """List gateways. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html

    Errors: InvalidInternetGatewayID.NotFound, InvalidParameterValue.
    """
    stand(call)
    return INTERNET_GATEWAY.listed(call, request, "InternetGateways")


@writes
def delete_internet_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Delete a detached gateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html

    Errors: InvalidInternetGatewayID.NotFound, DependencyViolation.
    """
    row = INTERNET_GATEWAY.get(call, request["InternetGatewayId"])
    if row.document["Attachments"]:
        raise in_use(f"The internetGateway '{row.name}' has dependencies and cannot be deleted.")
    INTERNET_GATEWAY.remove(call, row)
    return {}


@writes
def attach_internet_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Attach a gateway to a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html

    Errors: InvalidInternetGatewayID.NotFound, InvalidVpcID.NotFound, Resource.AlreadyAssociated, InvalidParameterValue.
    """
    row = INTERNET_GATEWAY.get(call, request["InternetGatewayId"])
    vpc = VPC.get(call, request["VpcId"])
    if row.document["Attachments"]:
        text = f"resource {row.name} is already attached to network {row.document['Attachments'][0]['VpcId']}"
        raise AwsError("Resource.AlreadyAssociated", text)
    if any(_is_at(other, vpc.name) for other in INTERNET_GATEWAY.rows(call)):
        raise invalid(f"Network {vpc.name} already has an internet gateway attached")
    INTERNET_GATEWAY.save(call, row, {"Attachments": [{"State": "available", "VpcId": vpc.name}]})
    return {}


@writes
def detach_internet_gateway(call: Call, request: JsonDict) -> JsonDict:
    """Detach a gateway from its VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html

    Errors: InvalidInternetGatewayID.NotFound, Gateway.NotAttached; DependencyViolation while a NAT gateway of the VPC
    has a public address.
    """
    row = INTERNET_GATEWAY.get(call, request["InternetGatewayId"])
    vpc = request["VpcId"]
    if not _is_at(row, vpc):
        raise AwsError("Gateway.NotAttached", f"resource {row.name} is not attached to network {vpc}")
    if any(nat.document["ConnectivityType"] == "public" for nat in NAT_GATEWAY.rows(call, vpc)):
        raise in_use(
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway."
        )
    INTERNET_GATEWAY.save(call, row, {"Attachments": []})
    return {}


def _is_at(gateway: Row, vpc: str) -> bool:
    return any(one["VpcId"] == vpc for one in gateway.document["Attachments"])
