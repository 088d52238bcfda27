"""Streamed bodies: decoded from aws-chunked, held to their signatures and hashes while they pass, never kept.

A body that breaks its promise raises at its end at the latest, so a writer commits only after the last byte.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from ormer.aws.errors import AwsError
from ormer.gateway import refusals
from ormer.gateway.messages import Request
from ormer.gateway.sigv4 import UNSIGNED_PAYLOAD, Signed

STREAMING = "STREAMING-"
SIGNED_CHUNKS = frozenset({"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"})
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

# A chunk's head is its length and a signature; a trailer is a checksum and a signature.
LINE_BYTES_MAX = 4096
TRAILERS_MAX = 32


@dataclass
class Body:
    """A request's body as decoded bytes; iterate it once. `trailers` is filled when the iteration has ended."""

    source: AsyncIterator[bytes]
    trailers: dict[str, str] = field(default_factory=dict)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.source

    async def read(self, bytes_max: int) -> bytes:
        """The whole body; raises EntityTooLarge when it is longer than `bytes_max`."""
        parts, size = [], 0
        async for part in self.source:
            size += len(part)
            if size > bytes_max:
                raise AwsError("EntityTooLarge", f"The body may be {bytes_max} bytes long at most.")
            parts.append(part)
        return b"".join(parts)


def body_of(request: Request, signed: Signed, raw: AsyncIterator[bytes]) -> Body:
    """The body that a verified S3 request promised.

    Errors while iterating: SignatureDoesNotMatch, XAmzContentSHA256Mismatch, IncompleteBody, InvalidRequest.
    """
    if signed.payload.startswith(STREAMING):
        if signed.payload not in SIGNED_CHUNKS and signed.payload != UNSIGNED_TRAILER:
            raise AwsError("NotImplemented", f"x-amz-content-sha256 {signed.payload} is not supported.", 501)
        body = Body(raw)
        body.source = _Decoder(request, signed, raw, body.trailers).parts()
        return body
    if signed.payload == UNSIGNED_PAYLOAD:
        return Body(raw)
    return Body(_hashed(raw, signed.payload))


async def _hashed(raw: AsyncIterator[bytes], wanted: str) -> AsyncIterator[bytes]:
    """The bytes as they are; raises at the end when their SHA-256 is not the signed one."""
    digest = hashlib.sha256()
    async for part in raw:
        digest.update(part)
        yield part
    if not hmac.compare_digest(digest.hexdigest(), wanted.lower()):
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", text, 400, ClientComputedContentSHA256=wanted)


class _Decoder:
    """aws-chunked to bytes: `length[;chunk-signature=…]`, data, …, `0`, then trailers."""

    def __init__(self, request: Request, signed: Signed, raw: AsyncIterator[bytes], trailers: dict[str, str]) -> None:
        self._raw = raw
        self._signed = signed
        self._trailers = trailers
        self._has_signatures = signed.payload in SIGNED_CHUNKS
        self._has_trailers = signed.payload.endswith("-TRAILER")
        self._previous = signed.signature
        self._buffer = bytearray()
        length = request.headers.get("x-amz-decoded-content-length", "")
        if not length.isdecimal():
            raise AwsError("MissingContentLength", "x-amz-decoded-content-length must say the body's own length.", 411)
        self._wanted_bytes = int(length)

    async def parts(self) -> AsyncIterator[bytes]:
        """Decoded bytes, each chunk's signature checked when the chunk ends."""
        seen_bytes = 0
        while True:
            size, signature = _head(await self._line())
            digest = hashlib.sha256()
            left = size
            while left:
                part = await self._take(left)
                left -= len(part)
                digest.update(part)
                seen_bytes += len(part)
                yield part
            if self._has_signatures:
                self._check_chunk(signature, digest.hexdigest())
            if size == 0:
                break
            if await self._line():
                raise _incomplete("a chunk is longer than it says")
        await self._end()
        if seen_bytes != self._wanted_bytes:
            raise _incomplete(f"{self._wanted_bytes} bytes were announced and {seen_bytes} came")

    async def _end(self) -> None:
        """Trailers up to the empty line; some clients leave the line away when there are none."""
        lines: list[bytes] = []
        while await self._fill() or self._buffer:
            line = await self._line()
            if not line:
                break
            lines.append(line)
            if len(lines) > TRAILERS_MAX:
                raise AwsError("InvalidRequest", "There are too many trailers.")
        signature = ""
        for line in lines:
            name, _, value = line.decode("latin-1").partition(":")
            if name.lower() == "x-amz-trailer-signature":
                signature = value.strip()
            else:
                self._trailers[name.strip().lower()] = value.strip()
        if self._has_signatures and self._has_trailers:
            canonical = "".join(f"{name}:{value}\n" for name, value in self._trailers.items())
            self._check_trailers(signature, hashlib.sha256(canonical.encode()).hexdigest())

    def _check_chunk(self, signature: str, digest: str) -> None:
        self._check(signature, f"AWS4-HMAC-SHA256-PAYLOAD\n{{}}\n{EMPTY_SHA256}\n{digest}")

    def _check_trailers(self, signature: str, digest: str) -> None:
        self._check(signature, f"AWS4-HMAC-SHA256-TRAILER\n{{}}\n{digest}")

    def _check(self, signature: str, template: str) -> None:
        """Compare one signature of the chain, which begins with the request's own."""
        signed = self._signed
        text = template.format(f"{signed.stamp}\n{signed.scope}\n{self._previous}")
        expected = hmac.new(signed.signing_key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise refusals.S3.mismatch()
        self._previous = expected

    async def _fill(self) -> bool:
        """Add what the client sends next to the buffer; False at the end of the body."""
        async for part in self._raw:
            if part:
                self._buffer += part
                return True
        return False

    async def _take(self, most: int) -> bytes:
        if not self._buffer and not await self._fill():
            raise _incomplete("the body ended within a chunk")
        part = bytes(self._buffer[:most])
        del self._buffer[:most]
        return part

    async def _line(self) -> bytes:
        """Up to the next line end, without it; the rest of the body when it ends without one."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LINE_BYTES_MAX:
                raise AwsError("InvalidRequest", "The body is not aws-chunked: a line is too long.")
            if not await self._fill():
                end = len(self._buffer)
                break
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r")


def _head(line: bytes) -> tuple[int, str]:
    """A chunk's length in bytes and its signature, "" without one."""
    size, _, extension = line.partition(b";")
    try:
        length = int(size, 16)
    except ValueError:
        raise _incomplete("a chunk's length is missing") from None
    if length < 0:
        raise _incomplete("a chunk's length is negative")
    return length, extension.strip().removeprefix(b"chunk-signature=").decode("latin-1")


def _incomplete(why: str) -> AwsError:
    return AwsError("IncompleteBody", f"The request body terminated unexpectedly: {why}.")
