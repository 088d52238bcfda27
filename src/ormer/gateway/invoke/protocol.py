"""uvicorn's HTTP protocol, which answers at once what the invoke lane can answer at once.

An ASGI call costs several times what such an answer costs: a task, an event, a dozen dictionaries. So a short POST to
an endpoint is held back until its body is complete. If the lane answers it there and then, the answer is written; if
not, the request is told to uvicorn from its beginning, as if nothing had been held back.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ormer.gateway.invoke.lane import Entrance, InvokeLane

HELD_BYTES_MAX = 64 << 10
PREFIX = b"/endpoints/"


def protocol_of(lane: InvokeLane | None) -> type[HttpToolsProtocol]:
    """The protocol class for a server with this lane; uvicorn's own without one."""
    if lane is None:
        return HttpToolsProtocol
    return type("InvokeProtocol", (InvokeProtocol,), {"lane": lane})


class InvokeProtocol(HttpToolsProtocol):
    """One connection. `lane` is the class's."""

    lane: InvokeLane
    _held: Entrance | None = None

    def on_headers_complete(self) -> None:
        self._held = self._entrance()
        if self._held is None:
            super().on_headers_complete()
            return
        self._body: list[bytes] = []
        self._size = 0

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
            return
        self._body.append(body)
        self._size += len(body)
        if self._size > HELD_BYTES_MAX:
            self._let_go()

    def on_message_complete(self) -> None:
        if self._held is not None:
            answer = self.lane.at_once(self._held, self.url, self.headers, b"".join(self._body))
            if answer is not None:
                self._held = None
                self._answer(answer)
                return
            self._let_go()
        super().on_message_complete()

    def _entrance(self) -> Entrance | None:
        """What a request invokes, when it may be held back: nothing else is under way, and the client waits for it."""
        if not self.url.startswith(PREFIX) or self.expect_100_continue or self.flow.write_paused:
            return None
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1" or self.pipeline:
            return None
        if (self.cycle is not None and not self.cycle.response_complete) or self.parser.should_upgrade():
            return None
        return self.lane.short_entrance(self.url)

    def _let_go(self) -> None:
        """Tell uvicorn what was held back."""
        self._held = None
        super().on_headers_complete()
        for part in self._body:
            super().on_body(part)
        self._body = []

    def _answer(self, answer: tuple[int, list[tuple[bytes, bytes]], bytes]) -> None:
        status, headers, body = answer
        lines: list[bytes] = [STATUS_LINE[status]]
        default: Any = self.server_state.default_headers
        for name, value in (*default, *headers):
            lines += (name, b": ", value, b"\r\n")
        keep = self.parser.should_keep_alive()
        lines += (b"\r\n", body) if keep else (b"connection: close\r\n\r\n", body)
        self.transport.write(b"".join(lines))
        if not keep:
            self.transport.close()
        self.on_response_complete()
