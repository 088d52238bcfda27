"""S3's room in the gateway: requests whose signature holds come in, bodies stream past and are never held whole.

Everything but bodies goes the way of all operations: parsed by the model, called through the port, serialized.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.model import OperationModel

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.gateway.chunks import Body
from ormer.gateway.identify import Target
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import rest_xml
from ormer.gateway.s3 import answers, cors
from ormer.services.s3.receipts import Receipt
from ormer.stores.keys import Key
from ormer.stores.objects.versions import Contents
from ormer.stores.port import Call, Port

JsonDict = dict[str, Any]
T = TypeVar("T")

# Operations whose body is an object's contents.
STREAMED = frozenset({"PutObject", "UploadPart"})
# Members whose values S3 reads in either case.
CASELESS = frozenset({"ChecksumAlgorithm", "ChecksumMode", "ChecksumType"})
# Pieces go to the disk and the checksums in this size; a body that fits into one costs a single hop to a thread.
PIECE_BYTES = 1 << 20
# Every other body is a document; DeleteObjects with a thousand long keys is the longest.
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
# Threads wait for the disk most of their time.
DISK_THREADS = 16


@dataclass(frozen=True)
class Incoming:
    """One request on its way through this room."""

    request: Request
    operation: OperationModel
    identity: Identity
    region: str


class ObjectGateway:
    """Answers S3 requests; `ormer.gateway.rooms.ObjectRoom` says what the gateway expects of it."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._threads = ThreadPoolExecutor(DISK_THREADS, "s3")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: Request, target: Target, caller: Key, body: Body) -> Response:
        """Answer one operation. Refusals are answered here too, so that they carry the bucket's CORS headers."""
        operation = target.operation
        try:
            if operation is None:
                raise _no_operation(request)
            incoming = Incoming(request, operation, caller.identity, target.region)
            if operation.name in STREAMED:
                response = await self._receive(incoming, body)
            else:
                request.body = await body.read(DOCUMENT_BYTES_MAX)
                response = await self._in_thread(self._operate, incoming)
        except AwsError as error:
            response = answers.refusal(operation, error, request)
        return await self._decorated(request, response)

    async def preflight(self, request: Request) -> Response:
        """Answer a browser's OPTIONS from the bucket's CORS rules."""
        return await self._in_thread(cors.preflight, self._port.stores, request)

    def _operate(self, incoming: Incoming) -> Response:
        """Parse, call, serialize; in a worker thread."""
        params = _parse(incoming)
        call = self._admit(incoming, params)
        return answers.response(incoming.operation, self._port.answer(call, params), incoming.request)

    async def _receive(self, incoming: Incoming, body: Body) -> Response:
        """Write a body to the disk as it comes, then give it its row."""
        params = _parse(incoming)
        params.pop("Body", None)
        pieces = _pieces(body)
        first = await anext(pieces, b"")
        if len(first) < PIECE_BYTES:
            # A short piece is the last one.
            async for _ in pieces:
                raise AssertionError("pieces are full but for the last")
            return await self._in_thread(self._receive_whole, incoming, params, first, body)
        call, receipt = await self._in_thread(self._open, incoming, params)
        contents = await self._stream(receipt, first, pieces, body)
        return await self._in_thread(self._settle, call, params, contents, incoming)

    def _receive_whole(self, incoming: Incoming, params: JsonDict, data: bytes, body: Body) -> Response:
        call, receipt = self._open(incoming, params)
        try:
            receipt.write(data)
        except BaseException:
            receipt.abandon()
            raise
        return self._settle(call, params, receipt.finish(body.trailers), incoming)

    async def _stream(self, receipt: Receipt, first: bytes, pieces: AsyncIterator[bytes], body: Body) -> Contents:
        """Write piece after piece; the next one arrives while the last is hashed and written."""
        writing = asyncio.ensure_future(self._in_thread(receipt.write, first))
        try:
            async for piece in pieces:
                await writing
                writing = asyncio.ensure_future(self._in_thread(receipt.write, piece))
            await writing
        except BaseException:
            # The client left or lied, or the disk is full; the thread must be done with the file first.
            await asyncio.wait([writing])
            receipt.abandon()
            raise
        return await self._in_thread(receipt.finish, body.trailers)

    def _open(self, incoming: Incoming, params: JsonDict) -> tuple[Call, Receipt]:
        """Check and authorise before a byte is kept."""
        call = self._admit(incoming, params)
        trailers = incoming.request.headers.get("x-amz-trailer", "").lower().split(",")
        return call, Receipt(call, params, [name.strip() for name in trailers])

    def _settle(self, call: Call, params: JsonDict, contents: Contents, incoming: Incoming) -> Response:
        result = self._port.answer(call, {**params, "Body": contents})
        return answers.response(incoming.operation, result, incoming.request)

    def _admit(self, incoming: Incoming, params: JsonDict) -> Call:
        name = incoming.operation.name
        return self._port.admit(incoming.identity, incoming.region, "s3", name, params, incoming.request.id)

    async def _decorated(self, request: Request, response: Response) -> Response:
        """With CORS headers where a browser asks."""
        if "origin" in request.headers:
            added = await self._in_thread(cors.headers_for, self._port.stores, request)
            response.headers.update(added)
        return response

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _parse(incoming: Incoming) -> JsonDict:
    """The request's parameters. Clients write checksum words in either case, and S3 takes them."""
    params = rest_xml.parse(incoming.operation, incoming.request)
    return params | {name: params[name].upper() for name in CASELESS & params.keys()}


async def _pieces(body: Body) -> AsyncIterator[bytes]:
    """The body in pieces of at least PIECE_BYTES, the last one excepted."""
    parts: list[bytes] = []
    size = 0
    async for part in body:
        parts.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _no_operation(request: Request) -> AwsError:
    text = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", text, 405, Method=request.method)
