"""uvicorn's HTTP protocol, which answers at once what the invoke lane can answer at once.

An ASGI call costs several times what such an answer costs: a task, an event, a dozen dictionaries. So a short POST to
an endpoint is held back until its body is complete. If the lane answers it there and then, the answer is written; if
not, the request is told to uvicorn from its beginning, as if nothing had been held back.

Reading HTTP costs as much as the answer, too. What was answered leaves a form (forms.py); a request that comes whole,
when nothing else is under way, and fits it is answered before the parser has seen a byte of it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ormer.gateway.invoke.forms import Form
from ormer.gateway.invoke.lane import Entrance, InvokeLane, Rendered

HELD_BYTES_MAX = 64 << 10
PREFIX = b"/endpoints/"
# Of one connection. A client whose head changes in other places than the open ones is not looked at for ever.
FORMS_MAX, FORMS_IN_VAIN_MAX = 16, 16


def protocol_of(lane: InvokeLane | None) -> type[HttpToolsProtocol]:
    """The protocol class for a server with this lane; uvicorn's own without one."""
    if lane is None:
        return HttpToolsProtocol
    return type("InvokeProtocol", (InvokeProtocol,), {"lane": lane, "defaults": Defaults()})


class Defaults:
    """uvicorn's default headers, the date among them, as they are written; it makes new ones every second."""

    def __init__(self) -> None:
        self._headers: Any = None
        self._lines = b""

    def lines(self, headers: Any) -> bytes:
        if headers is not self._headers:
            self._headers, self._lines = headers, b"".join(b"%b: %b\r\n" % header for header in headers)
        return self._lines


class InvokeProtocol(HttpToolsProtocol):
    """One connection. `lane` and `defaults` are the class's."""

    lane: InvokeLane
    defaults: Defaults
    _held: Entrance | None = None
    # Whether the last request was answered at once, and nothing came since.
    _free = False
    _answered_at = 0.0
    _data = b""
    _in_vain = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._forms: dict[bytes, Form] = {}

    def data_received(self, data: bytes) -> None:
        if self._free:
            form = self._forms.get(data[: data.find(b"\r")])
            if form is not None and not self.flow.write_paused:
                answer = self.lane.repeated(form, data)
                if answer is not None:
                    self._in_vain = 0
                    self._answered_at = self.loop.time()
                    self.server_state.total_requests += 1
                    self._write(answer, True)
                    return
        self._data = data
        super().data_received(data)
        self._data = b""

    def on_message_begin(self) -> None:
        self._free = False
        super().on_message_begin()

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
            entrance, body = self._held, b"".join(self._body)
            answer = self.lane.at_once(entrance, self.url, self.headers, body)
            if answer is not None:
                self._held = None
                self._remember(entrance, body)
                self._answer(answer)
                return
            self._let_go()
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Requests in a form leave the time-out of the one before them as it is, so it may come too early."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

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

    def _remember(self, entrance: Entrance, body: bytes) -> None:
        """Keep the form of a request that came by itself and in one piece."""
        if self._in_vain >= FORMS_IN_VAIN_MAX:
            return
        form = self.lane.form(entrance, self._data, self.url, self.headers, body)
        if form is None:
            return
        self._in_vain += 1
        if len(self._forms) >= FORMS_MAX:
            self._forms.clear()
        self._forms[self._data[: self._data.find(b"\r")]] = form

    def _answer(self, answer: Rendered) -> None:
        keep = self.parser.should_keep_alive()
        self._write(answer, keep)
        if not keep:
            self.transport.close()
        self._free = keep
        self.on_response_complete()

    def _write(self, answer: Rendered, keep: bool) -> None:
        status, head, body = answer
        end = b"\r\n" if keep else b"connection: close\r\n\r\n"
        lines = self.defaults.lines(self.server_state.default_headers)
        self.transport.write(b"".join((STATUS_LINE[status], lines, head, end, body)))
