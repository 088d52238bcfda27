"""The ASGI application: turns HTTP into a Request, walks it through the handlers, and sends the Response.

The one broad `except` of the gateway stands here: a bug of ours becomes AWS's InternalFailure, with a log entry.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from ormer.aws.errors import AwsError
from ormer.gateway.chunks import Body
from ormer.gateway.handlers import ADMISSION, OPERATION, Desk, Exchange
from ormer.gateway.invoke.lane import InvokeLane, Returned
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import WireProtocol, cbor, json, query, rest_json, rest_xml
from ormer.stores.database import out_of_space

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Operations are short: they write intent. More threads than this would only wait for each other at the database.
OPERATION_THREADS = 16
# Invocations wait for models, a minute at most each; they must never keep a Describe waiting.
INVOCATION_THREADS = 64
WAITING_SERVICES = frozenset({"sagemaker-runtime", "lambda", "stepfunctions"})
# Who waits for a message or a task waits up to a minute, and keeps nobody else from anything.
POLLING = frozenset({("sqs", "ReceiveMessage"), ("stepfunctions", "GetActivityTask")})
POLL_THREADS = 128
DISK_FULL = "The disk is full where ormer keeps its data; nothing was changed. Free some space and send this again."
BODILESS_STATUSES = frozenset({204, 304})

log = structlog.get_logger("ormer.gateway")


class App:
    """The whole gateway as an ASGI application."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._operations = ThreadPoolExecutor(OPERATION_THREADS, "operation")
        self._invocations = ThreadPoolExecutor(INVOCATION_THREADS, "invocation")
        self._polls = ThreadPoolExecutor(POLL_THREADS, "poll")

    @property
    def lane(self) -> InvokeLane | None:
        return self._desk.lane

    async def opened(self) -> None:
        """The loop that requests come in runs now."""
        if self._desk.lane is not None:
            self._desk.lane.open()

    async def closed(self) -> None:
        """No request is under way any more; the loop ends next."""
        if self._desk.lane is not None:
            await self._desk.lane.close()

    def close(self) -> None:
        """Take no more requests; what runs ends by itself."""
        for threads in (self._operations, self._invocations, self._polls):
            threads.shutdown(wait=False, cancel_futures=True)

    def _threads_for(self, exchange: Exchange) -> ThreadPoolExecutor:
        target = exchange.target
        if target is not None and (target.service, target.name) in POLLING:
            return self._polls
        waits = target is not None and target.service in WAITING_SERVICES
        return self._invocations if waits else self._operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        source = _incoming(receive)
        lane = self._desk.lane
        if lane is not None and (entrance := lane.entrance(scope)) is not None:
            returned = await lane.answer(entrance, scope, receive, send)
            if returned is None:
                return
            source = _resumed(returned, source)
        started = time.perf_counter()
        request = request_of(scope)
        exchange = Exchange(request, Body(source))
        response = await self._answer(exchange)
        response.headers.setdefault("x-amzn-requestid", request.id)
        try:
            await self._send(response, exchange, receive, send)
        finally:
            self._record(exchange, response, time.perf_counter() - started)

    async def _answer(self, exchange: Exchange) -> Response:
        """The response of the first handler that has one, or the refusal in the caller's protocol."""
        try:
            for admit in ADMISSION:
                response = await admit(self._desk, exchange)
                if response is not None:
                    return response
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads_for(exchange), self._operate, exchange)
        except AwsError as error:
            return self._refuse(exchange, error)
        except Disconnected:
            return Response(400)
        except Exception as error:
            log.exception("request failed", request_id=exchange.request.id, path=exchange.request.raw_path)
            if out_of_space(error):
                return self._refuse(exchange, AwsError("InternalFailure", DISK_FULL, 500))
            text = f"An internal error occurred. The server's log has it under request id {exchange.request.id}."
            return self._refuse(exchange, AwsError("InternalFailure", text, 500))

    def _operate(self, exchange: Exchange) -> Response:
        for step in OPERATION:
            response = step(self._desk, exchange)
            if response is not None:
                return response
        raise AssertionError("the last handler of OPERATION answers")

    def _refuse(self, exchange: Exchange, error: AwsError) -> Response:
        target = exchange.target
        protocol = target.protocol if target is not None else guessed_protocol(exchange.request)
        operation = target.operation if target is not None else None
        return protocol.serialize_error(operation, error, exchange.request)

    async def _send(self, response: Response, exchange: Exchange, receive: Receive, send: Send) -> None:
        body = response.body
        if isinstance(body, bytes) and response.status not in BODILESS_STATUSES:
            response.headers.setdefault("content-length", str(len(body)))
        headers = [
            (name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in response.headers.items()
        ]
        headers += [(b"set-cookie", cookie.encode("utf-8", "surrogateescape")) for cookie in response.cookies]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": b"" if exchange.request.method == "HEAD" else body})
            return
        parts = _parts(body, self._threads_for(exchange))
        async for part in _while_listened(parts, receive) if response.live else parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _record(self, exchange: Exchange, response: Response, seconds: float) -> None:
        """One line and one count per request."""
        request, target, signed = exchange.request, exchange.target, exchange.signed
        service = target.service if target is not None else ""
        operation = target.name if target is not None and target.operation is not None else ""
        self._desk.metrics.count(service, operation, response.status, seconds)
        log.info(
            "request",
            request_id=request.id,
            method=request.method,
            path=request.raw_path,
            service=service,
            operation=operation,
            status=response.status,
            milliseconds=round(seconds * 1000, 2),
            caller=signed.key.identity.arn if signed is not None else "",
        )


class Disconnected(Exception):
    """The client went away in the middle of its body."""


def request_of(scope: Scope) -> Request:
    """The Request of an ASGI scope. Header bytes beyond ASCII come back exactly when they are encoded again."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "surrogateescape")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    raw_path = scope.get("raw_path") or scope["path"].encode()
    client = scope.get("client")
    return Request(
        method=scope["method"],
        raw_path=raw_path.decode("utf-8", "surrogateescape").partition("?")[0],
        query_string=scope.get("query_string", b"").decode("utf-8", "surrogateescape"),
        headers=headers,
        id=str(uuid.uuid4()),
        scheme=scope.get("scheme", "http"),
        remote=client[0] if client else "",
    )


def guessed_protocol(request: Request) -> WireProtocol:
    """The protocol to refuse in when the request's target could not be found."""
    kind = request.headers.get("content-type", "")
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return cbor
    if "x-amz-target" in request.headers or kind.startswith("application/x-amz-json"):
        return json
    if kind.startswith("application/x-www-form-urlencoded"):
        return query
    return rest_json if kind.startswith("application/json") else rest_xml


async def _parts(body: AsyncIterator[bytes] | Iterator[bytes], threads: ThreadPoolExecutor) -> AsyncIterator[bytes]:
    """A streamed body's parts; plain iterators are read in a worker thread."""
    if isinstance(body, AsyncIterator):
        async for part in body:
            yield part
        return
    loop = asyncio.get_running_loop()
    while (piece := await loop.run_in_executor(threads, _next_part, body)) is not None:
        yield piece


def _next_part(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


async def _while_listened(parts: AsyncIterator[bytes], receive: Receive) -> AsyncIterator[bytes]:
    """The parts until the client leaves: the server tells of that only to who asks to receive."""
    leaving = asyncio.ensure_future(_leaving(receive))
    try:
        while True:
            coming = asyncio.ensure_future(anext(parts, None))
            await asyncio.wait((leaving, coming), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                await asyncio.wait((coming,))
                return
            part = coming.result()
            if part is None:
                return
            yield part
    finally:
        leaving.cancel()


async def _leaving(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _incoming(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body as it arrives."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


async def _resumed(returned: Returned, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body of a request that the invoke lane has begun to read."""
    for part in returned.parts:
        yield part
    if not returned.complete:
        async for part in rest:
            yield part


async def _lifespan(receive: Receive, send: Send) -> None:
    """The roof starts and stops the house; the gateway itself has nothing to do."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
