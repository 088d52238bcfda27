"""What requests to EC2 are about, as policies name it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ormer.aws import arns
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# The resource part of an ARN, by what ids begin with.
RESOURCES: Mapping[str, str] = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "rtb": "route-table",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "eipalloc": "elastic-ip",
    "vpce": "vpc-endpoint",
    "fl": "vpc-flow-log",
    "acl": "network-acl",
}
# What is yet to be made, by the operation that makes it.
MADE: Mapping[str, str] = {
    "AllocateAddress": "elastic-ip",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
IDENTIFIER = re.compile(r"([a-z]+)-[0-9a-f]+")


def targets(call: Call, operation: str, params: Mapping[str, Any]) -> list[str]:
    """The ARNs a request is about; `["*"]` for lists, which policies cannot narrow down, and where it names none."""
    if operation.startswith("Describe"):
        return ["*"]
    found = [f"{MADE[operation]}/*"] if operation in MADE else []
    found += list(_named(params.values()))
    return [arns.arn("ec2", call.region, call.account, one) for one in dict.fromkeys(found)] or ["*"]


def tagged(params: Mapping[str, Any]) -> JsonDict:
    """A request whose `Tags` are those it gives to what it makes, where conditions look for them."""
    given = [pair for one in params.get("TagSpecifications") or () for pair in one.get("Tags") or ()]
    return {**params, "Tags": given} if given else dict(params)


def _named(values: Any) -> Iterator[str]:
    """The resources whose ids stand among values, alone or in lists."""
    for value in values:
        if isinstance(value, list):
            yield from _named(value)
        elif isinstance(value, str):
            known = IDENTIFIER.fullmatch(value)
            if known is not None and known[1] in RESOURCES:
                yield f"{RESOURCES[known[1]]}/{value}"
