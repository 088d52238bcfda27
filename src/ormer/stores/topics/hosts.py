"""Where notifications may go: this machine, and hosts that the configuration names. Nowhere else.

A subscription's endpoint is a URL that somebody chose: without this the server would send requests into networks that
the chooser cannot reach.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa

from ormer.stores.database import Database, Tx, upsert
from ormer.stores.tables import settings

SETTING = "webhook_hosts"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Place:
    """Where to connect. address: the one that was checked, so that a name cannot change its meaning in between."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


def allow(database: Database, hosts: str) -> None:
    """Remember the hosts that the configuration names, separated by commas; writes only what is new."""
    with database.read() as tx:
        if _named(tx) == hosts:
            return
    with database.write() as tx:
        tx.execute(upsert(tx, settings, ["name"], {"name": SETTING, "value": hosts}))


def allowed(tx: Tx) -> frozenset[str]:
    """The hosts that may be notified beside this machine."""
    return frozenset(host.strip().lower() for host in _named(tx).split(",") if host.strip())


def _named(tx: Tx) -> str:
    row = tx.one(sa.select(settings.c.value).where(settings.c.name == SETTING))
    return str(row["value"]) if row is not None else ""


def place(url: str, hosts: frozenset[str]) -> Place:
    """Where a URL leads. Raises ValueError with a text for people when it may not be notified."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url} is not an http or https URL.")
    port = parts.port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ValueError(f"The host {parts.hostname} is not found: {error}") from None
    addresses = [str(one[4][0]) for one in found]
    named = not hosts.isdisjoint({parts.hostname.lower(), f"{parts.hostname.lower()}:{port}"})
    if not named and not all(ipaddress.ip_address(one).is_loopback for one in addresses):
        raise ValueError(
            f"The host {parts.hostname} may not be notified: only this machine, and hosts named by the setting "
            f"{SETTING} (ORMER_{SETTING.upper()})."
        )
    path = parts.path or "/"
    return Place(parts.scheme, parts.netloc, addresses[0], port, f"{path}?{parts.query}" if parts.query else path)
