"""What a security group lets through, in EC2's two forms: rules one by one, and permissions that gather their sources.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2 import blocks
from ormer.services.ec2.kinds import invalid

JsonDict = dict[str, Any]
ALL = "-1"
PROTOCOLS = {"all": ALL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
WITH_PORTS = ("tcp", "udp")
PORT_MAX = 65535
# The lists of a permission: the member that says whom each of its elements is about, and a rule's member for that.
SOURCES = (
    ("IpRanges", "CidrIp", "CidrIpv4"),
    ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId", "PrefixListId"),
)
PAIRS = "UserIdGroupPairs"
PEERS = ("CidrIpv4", "CidrIpv6", "PrefixListId")


def rules(permission: JsonDict) -> Iterator[JsonDict]:
    """A permission's rules, one for each source. A group is told of as it was given: {GroupId, UserId}.

    Errors: MissingParameter, InvalidParameterValue.
    """
    protocol = _protocol(permission)
    ports = _ports(protocol, permission)
    made = []
    for lists, given, member in SOURCES:
        for one in permission.get(lists) or ():
            made.append({member: _peer(member, one[given]), **_described(one)})
    for one in permission.get(PAIRS) or ():
        pair = {name: one[name] for name in ("GroupId", "UserId", "GroupName") if one.get(name)}
        made.append({"ReferencedGroupInfo": pair, **_described(one)})
    if not made:
        raise AwsError("MissingParameter", "A rule needs a CIDR block, a prefix list or a security group.")
    return ({"IpProtocol": protocol, **ports, **one} for one in made)


def _described(one: JsonDict) -> JsonDict:
    return {"Description": one["Description"]} if one.get("Description") else {}


def _peer(member: str, text: str) -> str:
    if member == "PrefixListId":
        return text
    network = blocks.read(text, f"CIDR block {text} is malformed")
    if isinstance(network, IPv4Network) != (member == "CidrIpv4"):
        raise invalid(f"CIDR block {text} is malformed")
    return str(network)


def _protocol(permission: JsonDict) -> str:
    given = permission.get("IpProtocol")
    if not given:
        raise AwsError("MissingParameter", "The request must contain the parameter ipProtocol.")
    text = str(given).lower()
    known = PROTOCOLS.get(text, text)
    if known not in PROTOCOLS.values() and not (text.isdecimal() and int(text) <= 255):
        raise invalid(f"Invalid value '{given}' for IP protocol. Unknown protocol.")
    return known


def _ports(protocol: str, permission: JsonDict) -> JsonDict:
    if protocol not in (*WITH_PORTS, "icmp", "icmpv6"):
        return {"FromPort": -1, "ToPort": -1}
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if first is None or last is None:
        if protocol in WITH_PORTS:
            raise invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
        return {"FromPort": -1 if first is None else first, "ToPort": -1 if last is None else last}
    if protocol in WITH_PORTS and not 0 <= first <= last <= PORT_MAX:
        raise invalid(f"Invalid value '{first}-{last}' for portRange: ports go from 0 to {PORT_MAX}, the lower first.")
    return {"FromPort": first, "ToPort": last}


def permissions(found: Iterable[JsonDict]) -> list[JsonDict]:
    """Rules gathered by protocol and ports."""
    gathered: dict[tuple[Any, ...], JsonDict] = {}
    for rule in found:
        protocol = rule["IpProtocol"]
        key = (protocol, rule["FromPort"], rule["ToPort"])
        ports = {} if protocol == ALL else {"FromPort": key[1], "ToPort": key[2]}
        empty: JsonDict = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], PAIRS: []}
        one = gathered.setdefault(key, {"IpProtocol": protocol, **ports, **empty})
        for lists, given, member in SOURCES:
            if member in rule:
                one[lists].append({given: rule[member], **_described(rule)})
        if "ReferencedGroupInfo" in rule:
            one[PAIRS].append({**rule["ReferencedGroupInfo"], **_described(rule)})
    return list(gathered.values())


def same(one: JsonDict, other: JsonDict) -> bool:
    """Whether two rules let the same through in the same direction, whatever they are described as."""
    return _key(one) == _key(other)


def _key(rule: JsonDict) -> tuple[Any, ...]:
    peer = rule.get("ReferencedGroupInfo", {}).get("GroupId") or next(rule[name] for name in PEERS if name in rule)
    return rule["IsEgress"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"], peer


def told(rule: JsonDict) -> str:
    """A rule in EC2's words."""
    *_, peer = _key(rule)
    protocol = "ALL" if rule["IpProtocol"] == ALL else rule["IpProtocol"].upper()
    ports = "" if rule["FromPort"] == -1 else f", from port: {rule['FromPort']}, to port: {rule['ToPort']}"
    return f'"peer: {peer}, {protocol}{ports}, ALLOW"'
