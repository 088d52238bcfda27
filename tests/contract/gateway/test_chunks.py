"""aws-chunked bodies: decoded however they are cut, and refused when a signature, a length or a hash is wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.gateway.chunks import EMPTY_SHA256, body_of
from ormer.gateway.messages import Request
from ormer.gateway.sigv4 import Signed, derive_key
from ormer.stores.keys import Key

KEY = Key("AKIA", "secret", None, None, root_identity("123456789012"))
STAMP, SCOPE = "20261122T100000Z", "20261122/us-east-1/s3/aws4_request"
SIGNING_KEY = derive_key(KEY.secret, "20261122", "us-east-1", "s3")
SEED = "5" * 64


def signed(payload: str) -> Signed:
    return Signed(KEY, payload, SIGNING_KEY, SCOPE, STAMP, SEED)


def encode(chunks: list[bytes], trailers: dict[str, str] | None, signatures: bool) -> bytes:
    """What an SDK sends; written from the page on signature calculations, apart from the code under test."""
    previous, out = SEED, b""
    for chunk in [*chunks, b""]:
        head = f"{len(chunk):x}"
        if signatures:
            text = f"AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{previous}\n{EMPTY_SHA256}\n"
            text += hashlib.sha256(chunk).hexdigest()
            previous = hmac.new(SIGNING_KEY, text.encode(), hashlib.sha256).hexdigest()
            head += f";chunk-signature={previous}"
        out += head.encode() + b"\r\n" + chunk + (b"\r\n" if chunk else b"")
    for name, value in (trailers or {}).items():
        out += f"{name}:{value}\r\n".encode()
    if trailers and signatures:
        canonical = "".join(f"{name}:{value}\n" for name, value in trailers.items())
        text = (
            f"AWS4-HMAC-SHA256-TRAILER\n{STAMP}\n{SCOPE}\n{previous}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        )
        signature = hmac.new(SIGNING_KEY, text.encode(), hashlib.sha256).hexdigest()
        out += f"x-amz-trailer-signature:{signature}\r\n".encode()
    return out + b"\r\n"


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def decode(data: bytes, payload: str, length: int, piece: int = 7) -> tuple[bytes, dict[str, str]]:
    """The decoded body and its trailers, the body arriving in pieces of this many bytes."""

    async def run() -> tuple[bytes, dict[str, str]]:
        request = Request("PUT", "/b/k", "", {"x-amz-decoded-content-length": str(length)})
        body = body_of(request, signed(payload), pieces(data, piece))
        return await body.read(1 << 20), body.trailers

    return asyncio.run(run())


MODES = [
    ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", None, True),
    ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", {"x-amz-checksum-crc32": "AAAAAA=="}, True),
    ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", {"x-amz-checksum-sha256": "abc=", "x-amz-checksum-crc32": "x"}, False),
]


@pytest.mark.parametrize(("payload", "trailers", "signatures"), MODES)
@given(chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=5), piece=st.integers(1, 64))
def test_every_mode_is_decoded_however_it_is_cut(
    payload: str, trailers: dict[str, str] | None, signatures: bool, chunks: list[bytes], piece: int
) -> None:
    data = encode(chunks, trailers, signatures)
    body, found = decode(data, payload, len(b"".join(chunks)), piece)
    assert body == b"".join(chunks)
    assert found == (trailers or {})


@pytest.mark.parametrize("mode", MODES[:2], ids=["payload", "trailer"])
def test_a_changed_byte_breaks_a_signed_body(mode: tuple[str, dict[str, str] | None, bool]) -> None:
    data = encode([b"first chunk", b"second chunk"], mode[1], True)
    for old, new in ((b"second", b"secand"), (b"AAAAAA==", b"BAAAAA=="), (b"first", b"fir5t")):
        if old in data:
            with pytest.raises(AwsError) as caught:
                decode(data.replace(old, new), mode[0], 23)
            assert caught.value.code == "SignatureDoesNotMatch"


def test_chunks_may_not_change_places() -> None:
    data = encode([b"aaaa", b"bbbb"], None, True)
    end = data.index(b"0;chunk")
    size = end // 2
    first, second = data[:size], data[size:end]
    with pytest.raises(AwsError):
        decode(second + first + data[end:], MODES[0][0], 8)


@pytest.mark.parametrize(("payload", "trailers", "signatures"), MODES)
def test_a_body_that_ends_early_or_announces_another_length_is_incomplete(
    payload: str, trailers: dict[str, str] | None, signatures: bool
) -> None:
    data = encode([b"some bytes"], trailers, signatures)
    with pytest.raises(AwsError) as caught:
        decode(data[: data.index(b"bytes")], payload, 10)
    assert caught.value.code == "IncompleteBody"
    with pytest.raises(AwsError) as caught:
        decode(data, payload, 11)
    assert caught.value.code == "IncompleteBody"


def test_a_plain_body_is_held_to_its_hash() -> None:
    good = hashlib.sha256(b"body").hexdigest()
    assert decode(b"body", good, 4)[0] == b"body"
    with pytest.raises(AwsError) as caught:
        decode(b"bodY", good, 4)
    assert caught.value.code == "XAmzContentSHA256Mismatch"
    assert decode(b"anything", "UNSIGNED-PAYLOAD", 8)[0] == b"anything"


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(AwsError) as caught:
        decode(b"a" * 100_000, MODES[0][0], 1, piece=1000)
    assert caught.value.code in ("InvalidRequest", "IncompleteBody")


def test_a_body_over_the_limit_is_refused() -> None:
    async def run() -> bytes:
        body = body_of(Request("PUT", "/b/k", "", {}), signed("UNSIGNED-PAYLOAD"), pieces(b"x" * 100, 10))
        return await body.read(99)

    with pytest.raises(AwsError) as caught:
        asyncio.run(run())
    assert caught.value.code == "EntityTooLarge"
