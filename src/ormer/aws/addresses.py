"""Which hosts a request on somebody's behalf may reach: the public internet, and what the configuration names."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 forms that carry an IPv4 address on: NAT64, 6to4 and Teredo.
CARRIERS = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


def allowed(address: str, host: str, port: int, hosts: frozenset[str]) -> bool:
    """Whether a request to `host` may go to this address of it.

    hosts: names that may be private or this machine, as `host` or `host:port`. Link-local addresses (where clouds keep
    their machines' credentials), multicast and unspecified ones never are.
    """
    ip = _plain(ipaddress.ip_address(address))
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if ip.is_global and not any(ip.version == 6 and ip in network for network in CARRIERS):
        return True
    return host.lower() in hosts or f"{host.lower()}:{port}" in hosts


def _plain(ip: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped one."""
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


# Hosts under which git is spoken, less their region: CodeCommit's, and those of code connections.
GIT_HOSTS = ("git-codecommit", "codeconnections", "codestar-connections")
