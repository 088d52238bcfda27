"""Events sent over HTTP: to whom, with which secrets, how often."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ormer.aws.addresses import allowed
from ormer.aws.clock import ManualClock

from .conftest import Bench, bench_in

JsonDict = dict[str, Any]
ORDERS = {"source": ["shop"]}


class Listener:
    """A real HTTP server on a free port that answers what it is told to and remembers what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.requests: list[JsonDict] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append({"path": self.path, "headers": dict(self.headers), "body": json.loads(body)})
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def open_bench(tmp_path: Path, listener: Listener) -> Iterator[Bench]:
    """A bench that may send to the listener."""
    hosts = f"127.0.0.1:{listener.server.server_port}, other.example"
    made = bench_in(tmp_path / "open", ManualClock(), webhook_hosts=hosts)
    yield made
    made.close()


def destination(bench: Bench, url: str, **more: Any) -> str:
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "s3cret"}, **more}
    made = bench.events("CreateConnection", Name="c", AuthorizationType="API_KEY", AuthParameters=parameters)
    given = {"ConnectionArn": made["ConnectionArn"], "InvocationEndpoint": url, "HttpMethod": "POST"}
    return str(bench.events("CreateApiDestination", Name="d", **given)["ApiDestinationArn"])


def dead(bench: Bench, rule: str) -> JsonDict:
    (delivery,) = bench.until(lambda: [one for one in bench.deliveries(rule) if one.status == "Dead"])
    return {**delivery.error, "attempts": delivery.attempts}


def test_an_event_is_posted_with_the_connections_secrets(open_bench: Bench, listener: Listener) -> None:
    body = {"BodyParameters": [{"Key": "from", "Value": "ormer", "IsValueSecret": False}]}
    arn = destination(open_bench, f"{listener.url}/hooks/*", InvocationHttpParameters=body)
    parameters = {
        "PathParameterValues": ["a/b"],
        "QueryStringParameters": {"q": "1 2"},
        "HeaderParameters": {"X-More": "yes"},
    }
    rule = open_bench.rule(
        "orders", ORDERS, {"Id": "one", "Arn": arn, "HttpParameters": parameters, "InputPath": "$.detail"}
    )
    open_bench.send({"n": 1})
    open_bench.until(lambda: [one for one in open_bench.deliveries(rule) if one.status == "Delivered"])
    (request,) = listener.requests
    assert request["path"] == "/hooks/a%2Fb?q=1+2" and request["body"] == {"n": 1, "from": "ormer"}
    assert request["headers"]["X-Key"] == "s3cret" and request["headers"]["X-More"] == "yes"


def test_an_answer_that_may_pass_is_tried_again_and_a_refusal_is_not(open_bench: Bench, listener: Listener) -> None:
    rule = open_bench.rule("orders", ORDERS, {"Id": "one", "Arn": destination(open_bench, listener.url)})
    listener.answers = [503, 200]
    open_bench.send({"n": 1})
    (delivery,) = open_bench.until(lambda: [one for one in open_bench.deliveries(rule) if one.status == "Delivered"])
    assert delivery.attempts == 2 and len(listener.requests) == 2
    listener.answers = [302]
    open_bench.send({"n": 2})
    assert dead(open_bench, rule) | {"message": ""} == {"code": "ApiDestinationError", "message": "", "attempts": 1}
    assert len(listener.requests) == 3, "a redirect is not followed"


def test_attempts_end_with_the_retry_policy(open_bench: Bench, listener: Listener) -> None:
    target = {
        "Id": "one",
        "Arn": destination(open_bench, listener.url),
        "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
    }
    rule = open_bench.rule("orders", ORDERS, target)
    listener.answers = [500, 500, 500]
    open_bench.send({})
    error = dead(open_bench, rule)
    assert (error["attempts"], error["exhausted"], error["code"]) == (2, "MaximumRetryAttempts", "ApiDestinationError")
    assert len(listener.requests) == 2


def test_without_leave_nothing_is_sent_to_this_machine(bench: Bench, listener: Listener) -> None:
    rule = bench.rule("orders", ORDERS, {"Id": "one", "Arn": destination(bench, listener.url)})
    bench.send({})
    assert "ORMER_WEBHOOK_HOSTS" in dead(bench, rule)["message"]
    bench.events("UpdateApiDestination", Name="d", InvocationEndpoint=listener.url.replace("http:", "https:"))
    bench.events("DeleteConnection", Name="c")
    assert listener.requests == []


def test_https_alone_does_not_open_this_machine(bench: Bench, listener: Listener) -> None:
    url = listener.url.replace("http:", "https:")
    rule = bench.rule("orders", ORDERS, {"Id": "one", "Arn": destination(bench, url)})
    bench.send({})
    assert "not on the public internet" in dead(bench, rule)["message"]
    assert listener.requests == []


@pytest.mark.parametrize(
    ("address", "named", "wanted"),
    [
        ("93.184.216.34", False, True),
        ("2606:2800:220:1::1", False, True),
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, True),
        ("10.1.2.3", False, False),
        ("192.168.1.1", True, True),
        ("169.254.169.254", True, False),
        ("::ffff:169.254.169.254", True, False),
        ("::ffff:10.0.0.1", False, False),
        ("64:ff9b::7f00:1", False, False),
        ("2002:7f00:1::", False, False),
        ("fe80::1", True, False),
        ("fd00::1", False, False),
        ("::1", False, False),
        ("0.0.0.0", True, False),
        ("224.0.0.1", True, False),
        ("100.64.0.1", False, False),
    ],
)
def test_only_the_public_internet_and_named_hosts_are_reached(address: str, named: bool, wanted: bool) -> None:
    hosts = frozenset({"hook:80"} if named else set())
    assert allowed(address, "hook", 80, hosts) is wanted
