"""Elastic IP addresses."""

from __future__ import annotations

import secrets
from ipaddress import IPv4Network
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.kinds import tags_for, writes
from ormer.services.ec2.nouns import ADDRESS
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# Blocks that stand for addresses in documents and belong to nobody. https://www.rfc-editor.org/rfc/rfc5737
BLOCKS = (IPv4Network("203.0.113.0/24"), IPv4Network("198.51.100.0/24"))


@writes
def allocate_address(call: Call, request: JsonDict) -> JsonDict:
    """Allocate an address. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html

    Differs: it is one of those that documents use, which nobody can be reached at. Errors: AddressLimitExceeded.
    """
    taken = {row.document["PublicIp"] for row in ADDRESS.rows(call)}
    free = [str(one) for block in BLOCKS for one in block.hosts() if str(one) not in taken]
    if not free:
        raise AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
    document = {
        "Domain": "vpc",
        "NetworkBorderGroup": call.region,
        "PublicIp": secrets.choice(free),
        "PublicIpv4Pool": "amazon",
    }
    row = ADDRESS.make(call, document, tags=tags_for(request, ADDRESS))
    return row.document


def describe_addresses(call: Call, request: JsonDict) -> JsonDict:
    """List addresses. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html

    Errors: InvalidAllocationID.NotFound, InvalidAddress.NotFound, InvalidParameterValue.
    """
    if request.get("PublicIps"):
        found = [_named(call, {"PublicIp": one}).name for one in request["PublicIps"]]
        request = {**request, "AllocationIds": [*request.get("AllocationIds", ()), *found]}
    return {"Addresses": ADDRESS.listed(call, request, "Addresses")["Addresses"]}


@writes
def release_address(call: Call, request: JsonDict) -> JsonDict:
    """Give an address back. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html

    Errors: InvalidAllocationID.NotFound, InvalidAddress.NotFound, MissingParameter; InvalidIPAddress.InUse while it is
    a NAT gateway's.
    """
    row = _named(call, request)
    if row.document.get("AssociationId"):
        raise AwsError("InvalidIPAddress.InUse", f"Address {row.document['PublicIp']} is in use.")
    ADDRESS.remove(call, row)
    return {}


def _named(call: Call, request: JsonDict) -> Row:
    if request.get("AllocationId"):
        return ADDRESS.get(call, request["AllocationId"])
    wanted = request.get("PublicIp")
    if not wanted:
        raise AwsError("MissingParameter", "The request must contain the parameter AllocationId.")
    for row in ADDRESS.rows(call):
        if row.document["PublicIp"] == wanted:
            return row
    raise AwsError("InvalidAddress.NotFound", f"Address '{wanted}' not found.")
