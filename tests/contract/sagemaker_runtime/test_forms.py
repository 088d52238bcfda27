"""Requests in the form of an earlier one: answered without the HTTP parser, and judged as strictly as the first."""

from __future__ import annotations

import json
import socket
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ormer.engines.hosting.routes import Variant
from ormer.first_run import root_key
from ormer.gateway.invoke import protocol
from ormer.gateway.invoke.lane import InvokeLane
from ormer.stores.keys import Key


class Client:
    """Speaks as SDKs do: each request is signed by itself and has an identifier of its own, over one connection."""

    def __init__(self, server: Any, connection: socket.socket, key: Key | None = None) -> None:
        self.server = server
        self.connection = connection
        self.key = key or root_key(server.house.stores)
        self._file = connection.makefile("rb")

    def request(self, body: bytes, endpoint: str = "one", **signed: str) -> bytes:
        """A signed request as bytes."""
        url = f"{self.server.config.endpoint}/endpoints/{endpoint}/invocations"
        headers = {"Content-Type": "text/csv", "User-Agent": "test", "amz-sdk-invocation-id": str(uuid.uuid4())}
        headers |= {name.replace("_", "-"): value for name, value in signed.items()}
        request = AWSRequest("POST", url, headers=headers, data=body)
        credentials = Credentials(self.key.access_key_id, self.key.secret, self.key.session_token)
        SigV4Auth(credentials, "sagemaker", self.server.config.region).add_auth(request)
        lines = {"Host": url.split("/")[2], **dict(request.headers.items()), "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST /endpoints/{endpoint}/invocations HTTP/1.1\r\n{head}\r\n".encode() + body

    def send(self, request: bytes) -> tuple[int, bytes]:
        """(status, body) of its answer."""
        self.connection.sendall(request)
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        status, length = int(self._file.readline().split()[1]), 0
        while line := self._file.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, self._file.read(length)

    def ask(self, body: bytes, endpoint: str = "one", **signed: str) -> tuple[int, bytes]:
        return self.send(self.request(body, endpoint, **signed))


@pytest.fixture
def connect(server: Any) -> Any:
    """`with connect() as client`: a client on a connection of its own."""

    @contextmanager
    def open_connection(key: Key | None = None) -> Iterator[Client]:
        with socket.create_connection((server.config.host, server.config.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Client(server, connection, key)

    return open_connection


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each request that was compared with a form: whether it was answered there."""
    seen: list[bool] = []
    original = InvokeLane.repeated

    def watched(self: InvokeLane, form: Any, data: bytes) -> Any:
        answer = original(self, form, data)
        seen.append(answer is not None)
        return answer

    monkeypatch.setattr(InvokeLane, "repeated", watched)
    return seen


def test_requests_that_differ_in_time_signature_body_and_identifier_have_one_form(connect, route, fast, repeated):
    route("one", fast)
    with connect() as client:
        for number in range(8):
            assert client.ask(b"%d" % 10**number) == (200, b"%d" % (2 * 10**number))
    assert repeated == [True] * 7


def test_the_tls_port_answers_from_forms_too(server, route, fast, repeated):
    route("one", fast)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((server.config.host, server.config.tls_port), timeout=30) as plain,
        trusting.wrap_socket(plain) as connection,
    ):
        client = Client(server, connection)
        assert [client.ask(b"21") for _ in range(3)] == [(200, b"42")] * 3
    assert repeated == [True, True]


def test_a_declared_digest_is_compared_with_the_body(connect, route, fast, repeated):
    route("one", fast)
    with connect() as client:
        for body in (b"1", b"2", b"3"):
            assert client.ask(body, X_Amz_Content_SHA256=sha256(body).hexdigest())[0] == 200
        assert client.ask(b"4", X_Amz_Content_SHA256=sha256(b"5").hexdigest())[0] == 403
    assert repeated == [True, True, False]


def test_session_keys_and_their_tokens_are_part_of_the_form(server, connect, route, fast, repeated):
    route("one", fast)
    with server.house.stores.database.write() as tx:
        session = server.house.stores.keys.make(tx, root_key(server.house.stores).identity, 3600)
    with connect(session) as client:
        assert [client.ask(b"1")[0] for _ in range(3)] == [200, 200, 200]
        client.key = replace(session, session_token="another")
        assert client.ask(b"1")[0] == 403
    assert repeated == [True, True, False]


def test_a_session_that_ends_ends_for_its_form_too(server, connect, route, fast):
    route("one", fast)
    with server.house.stores.database.write() as tx:
        session = server.house.stores.keys.make(tx, root_key(server.house.stores).identity, 2)
    with connect(session) as client:
        statuses = [200]
        while statuses[-1] == 200:
            statuses.append(client.ask(b"1")[0])
    assert statuses[-1] == 403


def test_endpoints_share_a_connection_each_with_its_own_form(connect, route, fast, repeated):
    for name in ("one", "two"):
        route(name, fast)
    with connect() as client:
        for number in range(6):
            assert client.ask(b"%d" % number, "two" if number % 2 else "one") == (200, b"%d" % (2 * number))
    assert repeated == [True] * 4


def test_a_request_from_the_form_says_what_the_first_one_said(connect, route, fast, repeated, server):
    """Headers, capture and counts, the inference identifier among them."""
    route("one", fast)
    heads = []
    with connect() as client:
        for number in range(3):
            client.connection.sendall(client.request(b"21", X_Amzn_SageMaker_Inference_Id=f"number {number}"))
            lines = []
            while line := client._file.readline().strip():
                lines.append(line)
            assert client._file.read(2) == b"42"
            heads.append(lines)
    names = [[line.partition(b":")[0] for line in lines] for lines in heads]
    assert names[0] == names[1] == names[2] and b"x-amzn-requestid" in names[0]
    identifiers = {line for lines in heads for line in lines if line.startswith(b"x-amzn-requestid")}
    assert len(identifiers) == 3
    assert repeated == [True, True]
    (total,) = [total for series, total in server.house.invocations.tallies.totals() if series.endpoint == "one"]
    assert (total.fast, total.servers, total.failures) == (3, 0, 0)


def changes(client: Client) -> dict[str, bytes]:
    """Requests that are nearly in the form of a good one, by what is wrong with them."""
    good = client.request(b"21")
    stamp = good.partition(b"X-Amz-Date: ")[2][:16]
    late = (datetime.now(UTC) - timedelta(minutes=16)).strftime("%Y%m%dT%H%M%SZ").encode()
    signature = good.partition(b"Signature=")[2][:64]
    other = bytes(reversed(signature))
    attempt = good.partition(b"amz-sdk-invocation-id: ")[2][:36]
    return {
        "another body": good[:-2] + b"22",
        "another signature": good.replace(signature, other),
        "an old date": good.replace(stamp, late),
        "no date": good.replace(stamp, b"X" * 16),
        "another attempt": good.replace(attempt, attempt[:-1] + (b"0" if attempt[-1:] != b"0" else b"1")),
        "a header too many": good.replace(b"User-Agent: test", b"X-Amz-Added: 1\r\nUser-Agent: test"),
        "a date that ends its line": good.replace(stamp, stamp[:8] + b"\r\nA: b\r\n"),
        "an identifier with a line in it": good.replace(attempt, b"a\r\nX-Amz-Target: aaaaaaaaaaaaaaaaaaaa"[:36]),
        "another key": good.replace(client.key.access_key_id.encode(), b"AKIAAAAAAAAAAAAAAAAA"),
        "another host": good.replace(b"Host: 127", b"Host: 128"),
    }


def test_what_is_nearly_in_the_form_is_refused_as_on_a_new_connection(connect, route, fast):
    route("one", fast)
    with connect() as client:
        wrong = changes(client)
    for name, request in wrong.items():
        with connect() as fresh:
            expected = fresh.send(request)[0]
        assert expected >= 400, name
        with connect() as client:
            assert client.ask(b"21") == client.ask(b"21") == (200, b"42")
            assert client.send(request)[0] == expected, name


@pytest.mark.parametrize("cut", [1, 30, 200, -3, -1])
def test_a_request_in_the_form_that_comes_in_two_pieces_is_answered(connect, route, fast, cut):
    route("one", fast)
    with connect() as client:
        for number in (21, 22, 23):
            assert client.ask(b"%d" % number)[0] == 200
            request = client.request(b"1%d" % number)
            client.connection.sendall(request[:cut])
            assert client.send(request[cut:]) == (200, b"%d" % (2 * (100 + number)))


def test_requests_in_the_form_that_come_together_are_answered_in_order(connect, route, fast, models):
    route("one", fast)
    route("two", Variant("AllTraffic", 1.0, (models.start("a"),)))
    with connect() as client:
        assert client.ask(b"21")[0] == 200
        requests = [client.request(b"%d" % number, "two" if number == 1 else "one") for number in range(4)]
        client.connection.sendall(b"".join(requests))
        assert [client.answer() for _ in requests] == [(200, b"0"), (200, b"a:1"), (200, b"4"), (200, b"6")]


def test_a_body_that_only_a_server_can_tell_and_one_that_is_wrong_keep_their_answers(connect, route, fast, models):
    route("one", replace(fast, instances=(models.start("a"),)))
    with connect() as client:
        for _ in range(2):
            assert client.ask(b"21") == (200, b"42")
            assert client.ask(b"server")[1] == b"a:server"
            assert client.ask(b"21") == client.ask(b"21") == (200, b"42")
            assert client.ask(b"wrong")[0] == 424
            assert client.ask(b"no number")[0] == 500


def test_routes_keys_and_policies_hold_for_the_next_request_in_the_form(server, connect, route, fast, repeated):
    made = route("one", fast)
    iam = server.client("iam")
    iam.create_user(UserName="u")

    def allow(effect: str) -> None:
        statement = {"Effect": effect, "Action": "sagemaker:InvokeEndpoint", "Resource": made.arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)

    allow("Allow")
    found = iam.create_access_key(UserName="u")["AccessKey"]
    key = server.house.stores.keys.lookup(found["AccessKeyId"])
    with connect(key) as client:
        # The gate is asked once after each change to the database.
        assert [client.ask(b"1")[0] for _ in range(4)] == [200] * 4
        assert repeated[-1]
        allow("Deny")
        assert client.ask(b"1")[0] == 403
        allow("Allow")
        assert [client.ask(b"1")[0] for _ in range(3)] == [200] * 3
        server.house.routes.drop(made.account, made.region, "one")
        assert client.ask(b"1")[0] == 400
        route("one", fast)
        assert client.ask(b"1")[0] == 200
        iam.update_access_key(UserName="u", AccessKeyId=key.access_key_id, Status="Inactive")
        assert client.ask(b"1")[0] == 403


def test_a_client_whose_head_always_changes_is_answered_and_not_looked_at_for_ever(connect, route, fast, repeated):
    route("one", fast)
    with connect() as client:
        for number in range(2 * protocol.FORMS_IN_VAIN_MAX):
            assert client.ask(b"1", User_Agent=f"test {number}")[0] == 200
    assert True not in repeated


def test_a_connection_in_use_stays_open_and_an_idle_one_is_closed(server, connect, route, fast, monkeypatch):
    route("one", fast)
    monkeypatch.setattr(server.server._listener._server.config, "timeout_keep_alive", 1)
    with connect() as client:
        ends = datetime.now(UTC) + timedelta(seconds=2.5)
        while datetime.now(UTC) < ends:
            assert client.ask(b"1") == (200, b"2")
        assert client.connection.recv(1) == b""
