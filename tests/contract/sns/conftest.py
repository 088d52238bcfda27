"""Somebody who listens: a real HTTP server that keeps what it is sent."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Listener:
    """`heard`: (headers, text) of every POST, in order. `status`: what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], str]] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["content-length"])).decode()
                listener.heard.append(({name.lower(): value for name, value in self.headers.items()}, text))
                self.send_response(listener.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Tests read `heard`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?from=sns"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def documents(self, type_: str) -> list[Any]:
        """The envelopes of this type."""
        found = [json.loads(text) for headers, text in self.heard if "x-amz-sns-rawdelivery" not in headers]
        return [one for one in found if one["Type"] == type_]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def sns(shared_server: Any) -> Any:
    return shared_server.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    """A topic of the test's own."""
    return str(sns.create_topic(Name=f"t-{uuid.uuid4().hex}")["TopicArn"])
