"""One HTTP POST to an address that was checked: no redirects, no proxies, a time-out."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping

from ormer.stores.topics.hosts import Place

TIMEOUT_SECONDS = 5.0


class NotDelivered(Exception):
    """The endpoint did not take the message; the text says why."""


def post(place: Place, body: bytes, headers: Mapping[str, str]) -> None:
    """Post. Raises NotDelivered unless the endpoint answers with a status of 2xx."""
    connection = http.client.HTTPConnection(place.host, timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = _connected(place)
        connection.request("POST", place.path, body, dict(headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotDelivered(f"The endpoint answered {status}.")


def _connected(place: Place) -> socket.socket:
    plain = socket.create_connection((place.address, place.port), TIMEOUT_SECONDS)
    if place.scheme == "http":
        return plain
    name = place.host.rpartition(":")[0] if ":" in place.host else place.host
    return ssl.create_default_context().wrap_socket(plain, server_hostname=name)
