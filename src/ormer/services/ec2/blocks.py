"""Blocks of addresses: read and checked as EC2 does."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from ormer.aws.errors import AwsError
from ormer.services.ec2.kinds import invalid

# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
LARGEST, SMALLEST = 16, 28
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_ADDRESSES = 5


def block(text: str, code: str, parameter: str = "cidrBlock") -> IPv4Network:
    """A VPC's or a subnet's block, with the bits behind its prefix cleared.

    Errors: InvalidParameterValue for what is no block; `code` for one that is larger than /16 or smaller than /28.
    """
    network = read(text, f"Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block.")
    if not isinstance(network, IPv4Network) or not LARGEST <= network.prefixlen <= SMALLEST:
        raise AwsError(code, f"The CIDR '{text}' is invalid: a block is between /{LARGEST} and /{SMALLEST}.")
    return network


def read(text: str, fault: str) -> IPv4Network | IPv6Network:
    """Any block; InvalidParameterValue with the text `fault` for what is none."""
    try:
        if "/" not in text:
            raise ValueError(text)
        return ip_network(text, strict=False)
    except ValueError:
        raise invalid(fault) from None


def usable(network: IPv4Network) -> int:
    """How many of a subnet's addresses may be used."""
    return network.num_addresses - RESERVED_ADDRESSES
