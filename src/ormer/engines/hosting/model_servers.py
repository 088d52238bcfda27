"""Model servers behind unix sockets: HTTP/1.1 with kept connections, as little of it as the container contract needs.

A server that goes away is told apart by one question: had it answered anything? If not, the request may go elsewhere.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httptools

IDLE_MAX = 64
# Parts of a streamed answer that wait for a slow client before the server is told to wait too.
PARTS_WAITING_MAX = 64
INTERIM = 200


class ServerGone(Exception):
    """The connection ended before the answer was complete.

    answered: whether a byte of it had come. heard: whether the request had been sent, so that it may be its fault.
    """

    def __init__(self, answered: bool, text: str, heard: bool = False) -> None:
        super().__init__(text)
        self.answered = answered
        self.heard = heard


class AnswerTooLong(Exception):
    """The answer is longer than what the caller takes."""


@dataclass(slots=True)
class Reply:
    """An answer of a model server: its status, headers by lower-case name, and its body ("" while it streams)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


class Connection(asyncio.Protocol):
    """One connection, one request at a time: `begin` sends it and waits for the answer's head, `parts` is its body."""

    def __init__(self) -> None:
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._head: asyncio.Future[Reply] | None = None
        self._reset()

    def _reset(self) -> None:
        self._headers: dict[str, str] = {}
        self._answered = False
        self._complete = False
        self._failure: Exception | None = None
        self._parts: list[bytes] = []
        self._news: asyncio.Future[None] | None = None

    # What the caller does.

    async def begin(self, head: bytes, body: bytes) -> Reply:
        """Send a request; returns status and headers. Raises ServerGone."""
        if self._transport is None or self._transport.is_closing():
            raise ServerGone(False, "the connection was closed")
        self._reset()
        self._head = self._loop.create_future()
        if len(body) < 65536:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        return await self._head

    async def parts(self, deadline: float | None = None) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises ServerGone when it ends too early.

        deadline: in the loop's seconds; TimeoutError behind it. Each part may be waited for by another task.
        """
        while True:
            if self._parts:
                taken, self._parts = self._parts, []
                self._flow()
                for part in taken:
                    yield part
            elif self._failure is not None:
                raise self._failure
            elif self._complete:
                return
            else:
                self._news = self._loop.create_future()
                await asyncio.wait_for(self._news, deadline and max(0.0, deadline - self._loop.time()))

    async def body(self, bytes_max: int) -> bytes:
        """The whole body. Raises ServerGone, AnswerTooLong."""
        if self._complete and len(self._parts) <= 1:
            whole = self._parts[0] if self._parts else b""
        else:
            found, size = [], 0
            async for part in self.parts():
                found.append(part)
                size += len(part)
                if size > bytes_max:
                    break
            whole = b"".join(found)
        if len(whole) > bytes_max:
            self.close()
            raise AnswerTooLong
        return whole

    @property
    def reusable(self) -> bool:
        """Whether the answer is complete and the server keeps the connection."""
        return self._complete and not self.closed and self._failure is None and self._keeps

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._answered = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ServerGone(True, f"it does not speak HTTP: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        headless = self._head is not None and not self._head.done()
        if not headless and not self._complete and self._until_close():
            self._complete = True  # an answer without a length ends with its connection
            self._tell()
            return
        if headless or not self._complete:
            self._fail(ServerGone(self._answered, str(exc or "the connection was closed"), heard=True))

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "surrogateescape")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < INTERIM:
            self._headers = {}
            return
        self._keeps = self._parser.should_keep_alive()
        if self._head is not None and not self._head.done():
            self._head.set_result(Reply(status, self._headers))

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)
        self._flow()
        self._tell()

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= INTERIM:
            self._complete = True
            self._tell()

    _keeps = False

    def _until_close(self) -> bool:
        return self._answered and "content-length" not in self._headers and "transfer-encoding" not in self._headers

    def _flow(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if len(self._parts) > PARTS_WAITING_MAX and self._transport.is_reading():
            self._transport.pause_reading()
        elif not self._parts and not self._transport.is_reading():
            self._transport.resume_reading()

    def _fail(self, error: Exception) -> None:
        self._failure = error
        if self._head is not None and not self._head.done():
            self._head.set_exception(error)
        self._tell()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


class ModelServers:
    """Kept connections by socket. For one event loop."""

    def __init__(self) -> None:
        self._idle: dict[Path, list[Connection]] = {}

    async def ask(
        self, socket: Path, path: str, headers: Mapping[str, str], body: bytes, answer_bytes_max: int
    ) -> Reply:
        """POST a body and take the whole answer. Raises ServerGone, AnswerTooLong."""
        connection, reply = await self.open(socket, path, headers, body)
        try:
            reply.body = await connection.body(answer_bytes_max)
        except BaseException:
            connection.close()
            raise
        self.give_back(socket, connection)
        return reply

    async def open(
        self, socket: Path, path: str, headers: Mapping[str, str], body: bytes, method: str = "POST"
    ) -> tuple[Connection, Reply]:
        """Send a body and take the answer's head; the connection is the caller's to read and to give back.

        A kept connection that turns out to be closed is replaced once by a fresh one. Raises ServerGone.
        """
        head = _head(method, path, headers, len(body))
        kept, heard = self._take(socket), False
        if kept is not None:
            try:
                return kept, await self._begin(kept, head, body)
            except ServerGone as gone:
                if gone.answered:
                    raise
                heard = gone.heard
        try:
            fresh = await self._connect(socket)
        except ServerGone as gone:
            gone.heard = heard
            raise
        return fresh, await self._begin(fresh, head, body)

    def give_back(self, socket: Path, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        idle = self._idle.setdefault(socket, [])
        if connection.reusable and len(idle) < IDLE_MAX:
            idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close what is idle."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _take(self, socket: Path) -> Connection | None:
        idle = self._idle.get(socket)
        while idle:
            connection = idle.pop()
            if not connection.closed:
                return connection
        self._idle.pop(socket, None)
        return None

    async def _connect(self, socket: Path) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_unix_connection(Connection, str(socket))
        except OSError as error:
            raise ServerGone(False, f"nobody listens: {error}") from error
        return connection

    async def _begin(self, connection: Connection, head: bytes, body: bytes) -> Reply:
        try:
            return await connection.begin(head, body)
        except BaseException:
            connection.close()
            raise


def _head(method: str, path: str, headers: Mapping[str, str], length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"]
    # A line break inside a value would begin another header.
    lines += [f"{name}: {value}\r\n" for name, value in headers.items() if not {"\r", "\n"} & set(value)]
    lines.append("\r\n")
    return "".join(lines).encode("utf-8", "surrogateescape")
