"""What stands beside networks at AWS and does not here: there are none of them, which lists say truly."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def describe_network_interfaces(call: Call, request: JsonDict) -> JsonDict:
    """List network interfaces: none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html

    Errors: InvalidNetworkInterfaceID.NotFound.
    """
    for identifier in request.get("NetworkInterfaceIds") or ():
        text = f"The networkInterface ID '{identifier}' does not exist"
        raise AwsError("InvalidNetworkInterfaceID.NotFound", text)
    return {"NetworkInterfaces": []}


def describe_vpn_gateways(call: Call, request: JsonDict) -> JsonDict:
    """List virtual private gateways: none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpnGateways.html

    Errors: InvalidVpnGatewayID.NotFound.
    """
    for identifier in request.get("VpnGatewayIds") or ():
        raise AwsError("InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{identifier}' does not exist")
    return {"VpnGateways": []}
