"""Requests as bytes on a connection: however they are cut and joined, each gets its own answer, in order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ormer.engines.hosting.routes import Variant
from ormer.first_run import root_key


def raw(server: Any, body: bytes, endpoint: str = "one", version: str = "1.1", **headers: str) -> bytes:
    """A signed request as bytes; `headers` are not signed."""
    key, url = root_key(server.house.stores), f"{server.config.endpoint}/endpoints/{endpoint}/invocations"
    request = AWSRequest("POST", url, headers={"Content-Type": "text/csv"}, data=body)
    SigV4Auth(Credentials(key.access_key_id, key.secret), "sagemaker", server.config.region).add_auth(request)
    host = server.config.endpoint.removeprefix("http://")
    lines = {"Host": host, **dict(request.headers.items()), **{k.replace("_", "-"): v for k, v in headers.items()}}
    if "Transfer-Encoding" not in lines:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /endpoints/{endpoint}/invocations HTTP/{version}\r\n{head}\r\n".encode() + (
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if "Transfer-Encoding" in lines else body
    )


@contextmanager
def connected(server: Any) -> Iterator[socket.socket]:
    with socket.create_connection((server.config.host, server.config.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def answers(connection: socket.socket, count: int) -> list[tuple[int, bytes]]:
    """(status, body) of the next answers."""
    file, found = connection.makefile("rb"), []
    for _ in range(count):
        status, length = int(file.readline().split()[1]), 0
        while line := file.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if status != 100:
            found.append((status, file.read(length)))
    return found


def test_requests_that_arrive_together_are_answered_in_order(server, route, fast, models):
    """Among them those that a model server answers, which takes longer."""
    route("one", fast)
    route("two", Variant("AllTraffic", 1.0, (models.start("a"),)))
    with connected(server) as connection:
        sent = [raw(server, b"%d" % number, "two" if number % 3 == 1 else "one") for number in range(9)]
        connection.sendall(b"".join(sent))
        wanted = [b"a:%d" % number if number % 3 == 1 else b"%d" % (2 * number) for number in range(9)]
        assert answers(connection, 9) == [(200, body) for body in wanted]


def test_a_request_that_arrives_byte_by_byte_is_answered(server, route, fast):
    route("one", fast)
    with connected(server) as connection:
        for byte in raw(server, b"21"):
            connection.sendall(bytes([byte]))
        assert answers(connection, 1) == [(200, b"42")]


@pytest.mark.parametrize("length", [0, 65_535, 65_536, 65_537, 300_000])
def test_bodies_of_any_length_are_answered_and_the_connection_goes_on(server, route, fast, length):
    route("one", fast)
    body = (b"4," + b"x" * length)[: max(length, 1)]
    with connected(server) as connection:
        for _ in range(2):
            connection.sendall(raw(server, body) + raw(server, b"3"))
            assert answers(connection, 2) == [(200, b"8"), (200, b"6")]


def test_chunked_bodies_are_answered(server, route, fast):
    route("one", fast)
    with connected(server) as connection:
        connection.sendall(raw(server, b"21", Transfer_Encoding="chunked"))
        assert answers(connection, 1) == [(200, b"42")]


def test_a_client_that_waits_for_100_continue_is_told_so(server, route, fast):
    route("one", fast)
    with connected(server) as connection:
        whole = raw(server, b"21", Expect="100-continue")
        connection.sendall(whole[:-2])
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(whole[-2:])
        assert answers(connection, 1) == [(200, b"42")]


def test_a_connection_is_closed_when_the_client_asks_for_it(server, route, fast):
    route("one", fast)
    for request in (raw(server, b"21", Connection="close"), raw(server, b"21", version="1.0")):
        with connected(server) as connection:
            connection.sendall(request)
            assert answers(connection, 1) == [(200, b"42")]
            assert connection.recv(1) == b""


def test_a_refusal_leaves_the_connection_open_for_the_next_request(server, route, fast):
    route("one", fast)
    with connected(server) as connection:
        broken = raw(server, b"21").replace(b"Signature=", b"Signature=f", 1)
        connection.sendall(broken + raw(server, b"wrong") + raw(server, b"no number") + raw(server, b"21"))
        assert [status for status, _ in answers(connection, 4)] == [400, 424, 500, 200]
