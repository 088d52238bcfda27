"""API destinations: an event sent over HTTP, to the internet and to hosts the configuration names, and nowhere else.

The host's name is resolved once and the very address that was checked is connected to, so that a name cannot point
elsewhere a moment later. Redirects are not followed and proxies not asked.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ormer.aws import addresses
from ormer.aws.errors import AwsError
from ormer.engines.events.calls import text_of
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.rules.deliveries import Delivery
from ormer.stores.secrets import Vault

JsonDict = dict[str, Any]
# AWS's own limit for an answer.
SECONDS_MAX = 5.0
AT_ONCE = 4
BUSY_SECONDS = 0.2
ANSWER_BYTES_MAX = 65_536
# Answers after which another attempt may succeed. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
PASSING = frozenset({401, 407, 409, 429})


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Webhooks:
    """Sends requests, a few at once: slow hosts must not hold the worker's threads.

    hosts: the names that may be private or this machine, as `host` or `host:port`.
    """

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """A turn to send; False when all are taken."""
        free = self._turns.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._turns.release()

    def send(self, request: Request) -> JsonDict:
        """Send it. Returns {"status": …}; raises AwsError whose status tells whether another attempt makes sense."""
        url = urlsplit(request.url)
        host = url.hostname or ""
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.scheme != "https" and not self._is_named(host, port):
            raise AwsError(
                "InvalidParameter", f"{request.url} is not https. Name {host} in ORMER_WEBHOOK_HOSTS to allow it."
            )
        try:
            status, body = self._exchanged(request, host, port)
        except (OSError, http.client.HTTPException) as error:
            raise AwsError("ServiceUnavailable", f"{host}:{port} cannot be reached: {error}", 503) from None
        except ValueError as error:
            raise AwsError("InvalidParameter", f"{request.url} cannot be asked: {error}") from None
        if status >= 300:
            passing = status >= 500 or status in PASSING
            raise AwsError("ApiDestinationError", f"{host} answered {status}: {body[:200]!r}", 503 if passing else 400)
        return {"status": status}

    def _exchanged(self, request: Request, host: str, port: int) -> tuple[int, bytes]:
        """(status, body) of the answer; nothing takes longer than SECONDS_MAX, however slowly it comes."""
        url = urlsplit(request.url)
        sock = self._connected(host, port, url.scheme == "https")
        cut = threading.Timer(SECONDS_MAX, _cut, [sock])
        cut.start()
        connection = http.client.HTTPConnection(host, port)
        connection.sock = sock
        try:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request(request.method, path, body=request.body, headers=dict(request.headers))
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_BYTES_MAX)
        finally:
            cut.cancel()
            connection.close()
            sock.close()

    def _is_named(self, host: str, port: int) -> bool:
        return host in self._hosts or f"{host}:{port}" in self._hosts

    def _connected(self, host: str, port: int, secure: bool) -> socket.socket:
        """A connection to an address of the host that may be reached."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for _family, _type, _protocol, _name, address in found:
            if not addresses.allowed(str(address[0]), host, port, self._hosts):
                raise AwsError(
                    "InvalidParameter",
                    f"{host} is {address[0]}, which is not on the public internet. "
                    f"Name it in ORMER_WEBHOOK_HOSTS to allow it.",
                )
        plain = socket.create_connection((str(found[0][4][0]), port), timeout=SECONDS_MAX)
        if not secure:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _cut(sock: socket.socket) -> None:
    """End an exchange that takes too long."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def request_for(tx: Tx, vault: Vault, delivery: Delivery) -> Request:
    """The request that a delivery to an API destination becomes. Raises AwsError when the destination is gone."""
    destination = resources.get(tx, delivery.target["Arn"])
    connection = resources.get(tx, destination.document["ConnectionArn"]) if destination is not None else None
    if destination is None or connection is None:
        raise AwsError("ResourceNotFoundException", "The API destination or its connection does not exist.")
    secret = json.loads(vault.open(base64.b64decode(connection.facts["secret"]), connection.arn))
    more = delivery.target.get("HttpParameters", {})
    queries, headers, body = _parameters(secret.get("InvocationHttpParameters", {}))
    url = _with_path(destination.document["InvocationEndpoint"], more.get("PathParameterValues", ()))
    query = urlencode({**queries, **more.get("QueryStringParameters", {})})
    joined = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
    every = {**more.get("HeaderParameters", {}), **headers, **_authorization(connection, secret)}
    return Request(destination.document["HttpMethod"], joined, _safe(every), _body(text_of(delivery), body))


def _with_path(url: str, values: Any) -> str:
    """The endpoint with its `*` replaced, one by one."""
    for value in values:
        url = url.replace("*", quote(value, safe=""), 1)
    return url


def _parameters(given: JsonDict) -> tuple[JsonDict, JsonDict, JsonDict]:
    """A connection's own parameters: query, headers, body."""
    kinds = ("QueryStringParameters", "HeaderParameters", "BodyParameters")
    first, second, third = ({one["Key"]: one.get("Value", "") for one in given.get(kind, ())} for kind in kinds)
    return first, second, third


def _authorization(connection: Row, secret: JsonDict) -> dict[str, str]:
    if connection.document["AuthorizationType"] == "API_KEY":
        key = secret["ApiKeyAuthParameters"]
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    basic = secret["BasicAuthParameters"]
    token = base64.b64encode(f"{basic['Username']}:{basic['Password']}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def _safe(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without line breaks, in the bytes that HTTP carries."""
    plain = {name: " ".join(value.splitlines()).encode().decode("latin-1") for name, value in headers.items()}
    return {
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Content-Type": "application/json; charset=utf-8",
    } | plain


def _body(text: str, more: JsonDict) -> bytes:
    if more:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return json.dumps({**value, **more}).encode()
    return text.encode()
