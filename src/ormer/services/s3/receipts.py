"""Receiving contents: bytes go to a blob and are counted on the way; at the end they must be what the client said."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.s3.access import bucket_for, refuse_customer_keys
from ormer.stores.objects import digests, uploads
from ormer.stores.objects.digests import Digests
from ormer.stores.objects.rows import encode_key
from ormer.stores.objects.versions import Contents
from ormer.stores.port import Call

MD5_BYTES = 16
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PUT_BYTES_MAX = 5 * 1024**3
CHECKSUM_HEADER = "x-amz-checksum-"


class Receipt:
    """The body of a PutObject or UploadPart, on its way to the disk.

    Refuses early what can never succeed: another account's bucket, an upload that is not there, a body too large.
    trailers: names of the headers that come after the body.
    """

    def __init__(self, call: Call, request: Mapping[str, Any], trailers: Iterable[str] = ()) -> None:
        refuse_customer_keys(request)
        bucket = bucket_for(call, request)
        encode_key(request["Key"])
        if request.get("ContentLength", 0) > PUT_BYTES_MAX:
            raise _too_large(request["ContentLength"])
        self._md5 = _md5_of(request.get("ContentMD5"))
        self._expected = _stated(request)
        wanted = {name.removeprefix("Checksum") for name in self._expected}
        wanted |= {_algorithm(name) for name in trailers if name.startswith(CHECKSUM_HEADER)}
        if request.get("ChecksumAlgorithm"):
            wanted.add(request["ChecksumAlgorithm"])
        self._kept = wanted or {digests.DEFAULT_ALGORITHM}
        if "UploadId" in request:
            upload = uploads.get(call.stores.objects, bucket.name, request["Key"], request["UploadId"])
            self._kept = wanted | {upload.algorithm}
        unknown = self._kept - digests.ALGORITHMS
        if unknown:
            raise AwsError("NotImplemented", f"ormer does not count {', '.join(sorted(unknown))} checksums.", 501)
        self._digests = Digests(self._kept)
        self._writer = call.stores.objects.blobs.writer()

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next bytes. Not safe to call from two threads at once."""
        self._digests.update(chunk)
        self._writer.write(chunk)
        if self._writer.size > PUT_BYTES_MAX:
            raise _too_large(self._writer.size)

    def finish(self, trailers: Mapping[str, str] | None = None) -> Contents:
        """Check and make durable. Errors: BadDigest, InvalidRequest. The blob is gone when it raises."""
        try:
            checksums = self._digests.checksums()
            self._check(checksums, trailers or {})
        except BaseException:
            self._writer.abandon()
            raise
        return Contents(self._writer.finish(), self._digests.etag, self._writer.size, checksums)

    def abandon(self) -> None:
        """Forget what came."""
        self._writer.abandon()

    def _check(self, counted: Mapping[str, str], trailers: Mapping[str, str]) -> None:
        if self._md5 is not None and self._md5 != self._digests.md5:
            raise AwsError(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
                ExpectedDigest=digests.encode(self._md5),
                CalculatedDigest=digests.encode(self._digests.md5),
            )
        trailing = {
            digests.member(_algorithm(name)): value
            for name, value in trailers.items()
            if name.startswith(CHECKSUM_HEADER)
        }
        for name, value in {**self._expected, **trailing}.items():
            if counted.get(name) != value:
                text = f"The {name.removeprefix('Checksum')} you specified did not match the calculated checksum."
                raise AwsError("BadDigest", text)


def received(call: Call, request: Mapping[str, Any]) -> Contents:
    """A request's body as durable contents: it came so from the gateway, or as bytes from a caller in process."""
    body = request.get("Body") or b""
    if isinstance(body, Contents):
        return body
    receipt = Receipt(call, {name: value for name, value in request.items() if name != "ContentLength"})
    try:
        receipt.write(body)
    except BaseException:
        receipt.abandon()
        raise
    return receipt.finish()


def discard(call: Call, contents: Contents) -> None:
    """Delete contents that got no row."""
    call.stores.objects.blobs.remove(contents.blob)


def _stated(request: Mapping[str, Any]) -> dict[str, str]:
    """The checksums that stand in the request's head."""
    return {
        name: value
        for name, value in request.items()
        if name.startswith("Checksum") and name not in ("ChecksumAlgorithm", "ChecksumType", "ChecksumMode")
    }


def _algorithm(header: str) -> str:
    return header.removeprefix(CHECKSUM_HEADER).upper()


def _md5_of(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != MD5_BYTES:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    return digest


def _too_large(size: int) -> AwsError:
    text = "Your proposed upload exceeds the maximum allowed size"
    return AwsError("EntityTooLarge", text, ProposedSize=size, MaxSizeAllowed=PUT_BYTES_MAX)
