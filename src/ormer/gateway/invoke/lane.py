"""The lane itself: reads an invocation off the ASGI scope, answers it, or gives it back with its body read.

InvokeEndpointAsync is no matter of microseconds: it writes rows, so it goes the ordinary way and only that.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.hosting.exchanges import Answered, Asked
from ormer.engines.hosting.identifiers import Identifiers
from ormer.engines.hosting.invocations import Invocations
from ormer.engines.hosting.routes import Route
from ormer.gateway.invoke import streams
from ormer.gateway.invoke.admission import SERVICE, Admission
from ormer.gateway.invoke.entrances import (
    ATTRIBUTES,
    BODY_BYTES_MAX,
    INVOKE,
    STREAM,
    Entrance,
    Headers,
    asked_of,
    entrance_of,
)
from ormer.gateway.invoke.forms import Form, form_of
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import rest_json

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATHS_MAX = 10_000
SLOW_SECONDS = 5.0
# What an evaluator's answer says of itself.
HEAD = b"content-type: %b\r\ncontent-length: %d\r\nx-amzn-invoked-production-variant: %b\r\nx-amzn-requestid: %b\r\n"
# Status, head (lines with their ends, without the first and without the empty one) and body of an answer.
Rendered = tuple[int, bytes, bytes]

log = structlog.get_logger("ormer.invoke")


@dataclass(slots=True)
class Returned:
    """A request that the lane does not answer: what it has read of the body."""

    parts: list[bytes]
    complete: bool


class InvokeLane:
    """Answers invocations that are plainly in order. `open` and `close` are called in the gateway's loop."""

    def __init__(self, invocations: Invocations, admission: Admission, models: Models) -> None:
        self._invocations = invocations
        self._admission = admission
        self._models = models
        self._entrances: dict[bytes, Entrance | None] = {}
        self._identifiers = Identifiers()

    def open(self) -> None:
        self._invocations.open()

    async def close(self) -> None:
        await self._invocations.close()
        self._admission.close()

    def entrance(self, scope: Mapping[str, Any]) -> Entrance | None:
        """What a request invokes; None for requests that are not the lane's."""
        raw = scope["raw_path"]
        if raw[:11] != b"/endpoints/" or scope["method"] != "POST" or scope["query_string"]:
            return None
        return self._remembered(raw)

    def _remembered(self, raw: bytes) -> Entrance | None:
        if raw not in self._entrances:
            if len(self._entrances) >= PATHS_MAX:
                self._entrances.clear()
            self._entrances[raw] = entrance_of(raw)
        return self._entrances[raw]

    def short_entrance(self, url: bytes) -> Entrance | None:
        """Like `entrance`, for InvokeEndpoint only, of a whole URL without scheme and host."""
        if url not in self._entrances and b"?" in url:
            return None
        found = self._remembered(url)
        return found if found is not None and found.operation == INVOKE else None

    def at_once(
        self, entrance: Entrance, path: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Rendered | None:
        """The answer to a request that its endpoint's evaluator answers; None for every other one.

        Only where the endpoint has a single variant: a choice by weight is made once for a request, not once here and
        again by whoever takes it next.
        """
        known: Headers = dict(headers)
        asked = asked_of(entrance, known, body) if len(known) == len(headers) else None
        if asked is None or b"authorization" not in known:
            return None
        claimed = self._admission.claimed(known)
        route = self._invocations.routes.find(*claimed, entrance.endpoint) if claimed is not None else None
        if route is None or not _is_quick(route):
            return None
        signer = self._admission.signer(known, path, body)
        if signer is None or not self._admission.may(*signer, entrance.operation, entrance.endpoint):
            return None
        return self._evaluated(entrance, route, asked)

    def form(
        self, entrance: Entrance, data: bytes, path: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Form | None:
        """What a request that `at_once` answered leaves for the next of its kind. data: all of it as it came."""
        known: Headers = dict(headers)
        asked, signer = asked_of(entrance, known, body), self._admission.signer_of(known[b"authorization"])
        return (
            form_of(entrance, signer, asked, data, path, headers) if asked is not None and signer is not None else None
        )

    def repeated(self, form: Form, data: bytes) -> Rendered | None:
        """The answer to a whole request in a form, as `at_once` would give it; None where it would give none, and for
        a request in another form."""
        found = form.read(data)
        if found is None:
            return None
        values, body = found
        admission, signer, entrance = self._admission, form.signer, form.entrance
        claimed = admission.claimed_by(signer)
        route = self._invocations.routes.find(*claimed, entrance.endpoint) if claimed is not None else None
        if route is None or not _is_quick(route):
            return None
        payload = hashlib.sha256(body).hexdigest().encode()
        if form.declared >= 0 and values[form.declared] != payload:
            return None
        canonical = form.canonical(values, payload)
        key = admission.holder(signer, form.token, values[form.stamp], canonical, values[form.signature])
        if key is None or not admission.may(key, signer.region, entrance.operation, entrance.endpoint):
            return None
        return self._evaluated(entrance, route, form.asked(values, body))

    def _evaluated(self, entrance: Entrance, route: Route, asked: Asked) -> Rendered | None:
        """The evaluator's answer to a request that may be answered; None when it has none."""
        try:
            found = self._invocations.at_once(route, asked)
        except Exception as error:
            return _rendered(self._refusal(entrance, route, error, self._identifiers.next().decode()))
        if not isinstance(found, Answered):
            return None
        kind, variant = _raw(found.content_type), found.variant.encode()
        return 200, HEAD % (kind, len(found.body), variant, self._identifiers.next()), found.body

    async def answer(
        self, entrance: Entrance, scope: Mapping[str, Any], receive: Receive, send: Send
    ) -> Returned | None:
        """Answer a request (None), or give it back."""
        headers: Headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]) or b"authorization" not in headers:
            return Returned([], False)
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body = bytes(message.get("body", b""))
        if message.get("more_body"):
            returned = await _read(body, receive)
            if returned is None:
                return None
            if not returned.complete:
                return returned
            body = returned.parts[0]
        asked = asked_of(entrance, headers, body)
        signer = self._admission.signer(headers, scope["raw_path"], body) if asked is not None else None
        if asked is None or signer is None:
            return Returned([body], True)
        key, region = signer
        asking = (key, region, entrance.operation, entrance.endpoint)
        if not self._admission.may(*asking) and not await self._admission.ask(*asking):
            return Returned([body], True)
        route = self._invocations.routes.find(key.identity.account, region, entrance.endpoint)
        if route is None or (route.async_output is not None):
            return Returned([body], True)
        await self._serve(entrance, route, asked, receive, send)
        return None

    async def _serve(self, entrance: Entrance, route: Route, asked: Asked, receive: Receive, send: Send) -> None:
        started, request_id = time.perf_counter(), self._identifiers.next().decode()
        try:
            answered, parts = await self._ask(entrance, route, asked)
        except Exception as error:
            await _send(send, self._refusal(entrance, route, error, request_id))
            return
        if parts is not None:
            operation = self._models.operation(SERVICE, STREAM)
            await streams.send_stream(operation, answered, parts, request_id, receive, send)
            return
        if time.perf_counter() - started > SLOW_SECONDS:
            seconds = round(time.perf_counter() - started, 1)
            log.info("invocation was slow", request_id=request_id, endpoint=route.arn, seconds=seconds)
        await send({"type": "http.response.start", "status": 200, "headers": _headers(answered, request_id)})
        await send({"type": "http.response.body", "body": answered.body})

    async def _ask(
        self, entrance: Entrance, route: Route, asked: Asked
    ) -> tuple[Answered, AsyncGenerator[bytes, None] | None]:
        """The answer, and its body's parts when it is to be streamed."""
        if entrance.operation == STREAM:
            return await self._invocations.stream(route, asked)
        found = self._invocations.at_once(route, asked)
        return found if isinstance(found, Answered) else await self._invocations.finish(route, asked, found), None

    def _refusal(self, entrance: Entrance, route: Route, error: Exception, request_id: str) -> Response:
        """The answer to a request that failed, and its line in the log. A bug of ours is AWS's InternalFailure."""
        if isinstance(error, AwsError):
            log.info("invocation failed", code=error.code, request_id=request_id, endpoint=route.arn)
        else:
            log.error("invocation failed", request_id=request_id, endpoint=route.arn, exc_info=error)
            text = f"An internal error occurred. The server's log has it under request id {request_id}."
            error = AwsError("InternalFailure", text, 500)
        operation = self._models.operation(SERVICE, entrance.operation)
        return rest_json.serialize_error(operation, error, Request("POST", "", "", {}, request_id))


async def _read(first: bytes, receive: Receive) -> Returned | None:
    """The rest of a body; None when the client went away, incomplete when it is longer than the lane takes."""
    parts, size = [first], len(first)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(bytes(message.get("body", b"")))
        size += len(parts[-1])
        if not message.get("more_body"):
            return Returned([b"".join(parts)], True)
        if size > BODY_BYTES_MAX:
            return Returned(parts, False)


def _is_quick(route: Route) -> bool:
    """Whether an evaluator may answer for the whole endpoint."""
    return len(route.variants) == 1 and route.variants[0].evaluator is not None and route.async_output is None


def _rendered(response: Response) -> Rendered:
    status, headers, body = _raw_parts(response)
    return status, b"".join(b"%b: %b\r\n" % header for header in headers), body


def _raw_parts(response: Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    assert isinstance(response.body, bytes)
    headers = [(name.encode(), _raw(value)) for name, value in response.headers.items()]
    headers.append((b"content-length", b"%d" % len(response.body)))
    return response.status, headers, response.body


async def _send(send: Send, response: Response) -> None:
    status, headers, body = _raw_parts(response)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(answered: Answered, request_id: str) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", _raw(answered.content_type)),
        (b"content-length", b"%d" % len(answered.body)),
        (b"x-amzn-invoked-production-variant", answered.variant.encode()),
        (b"x-amzn-requestid", request_id.encode()),
    ]
    if answered.custom_attributes:
        headers.append((ATTRIBUTES, _raw(answered.custom_attributes)))
    headers += [(name.encode(), _raw(value)) for name, value in answered.headers.items()]
    return headers


def _raw(value: str) -> bytes:
    """A header's bytes as the model sent them."""
    return value.encode("utf-8", "surrogateescape")
