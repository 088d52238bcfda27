"""Checksums of contents, as S3 names them, counted while the bytes pass.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import anycrc  # type: ignore[import-untyped]


class Digest(Protocol):
    """What a checksum being counted can do."""

    def update(self, data: Any, /) -> None: ...

    def digest(self) -> bytes: ...


# anycrc's names of the polynomials that combine: CRC32 is also counted by zlib, which lets other threads run.
CRC_MODELS: Mapping[str, tuple[str, int]] = {
    "CRC32": ("CRC32-ISO-HDLC", 4),
    "CRC32C": ("CRC32-ISCSI", 4),
    "CRC64NVME": ("CRC64-NVME", 8),
}
HASHES: Mapping[str, Callable[[], Digest]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}
ALGORITHMS = frozenset({*CRC_MODELS, *HASHES})
# What S3 counts when the client names none.
DEFAULT_ALGORITHM = "CRC64NVME"


class Crc:
    """A CRC being counted."""

    def __init__(self, algorithm: str) -> None:
        name, self._bytes = CRC_MODELS[algorithm]
        self._calc = zlib.crc32 if algorithm == "CRC32" else anycrc.Model(name).calc
        self._value = 0

    def update(self, data: Any, /) -> None:
        self._value = self._calc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._bytes, "big")


def member(algorithm: str) -> str:
    """AWS's member for a checksum: `ChecksumCRC32`."""
    return f"Checksum{algorithm}"


class Digests:
    """The MD5 of contents and the checksums asked for.

    algorithms: S3's names, upper case.
    """

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._others = {name: _start(name) for name in algorithms}

    def update(self, data: bytes | bytearray | memoryview) -> None:
        self._md5.update(data)
        for digest in self._others.values():
            digest.update(data)

    @property
    def etag(self) -> str:
        """The MD5 in hexadecimal digits."""
        return self._md5.hexdigest()

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    def checksums(self) -> dict[str, str]:
        """{"ChecksumCRC32": base64 text}, for each algorithm asked for."""
        return {member(name): encode(digest.digest()) for name, digest in self._others.items()}


def encode(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def hashed_etag(sha256: bytes) -> str:
    """The ETag of contents of which only the SHA-256 is known: half of it, as that of an upload in one part.

    S3 promises no MD5 there, and clients know it by the dash; the same contents still have the same ETag. MD5 costs
    more than all else that is done for a captured line once it is made.
    """
    return f"{sha256[:16].hex()}-1"


def multipart_etag(etags: Iterable[str]) -> str:
    """S3's ETag of an object in parts: the MD5 of the parts' MD5s, a dash, and how many there were."""
    digests = [bytes.fromhex(etag) for etag in etags]
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def composite(algorithm: str, checksums: Iterable[str]) -> str:
    """The checksum of the parts' checksums, a dash, and how many there were."""
    digests = [base64.b64decode(text) for text in checksums]
    total = _start(algorithm)
    total.update(b"".join(digests))
    return f"{encode(total.digest())}-{len(digests)}"


def combined(algorithm: str, parts: Iterable[tuple[str, int]]) -> str:
    """The checksum of the whole from those of its parts, as (base64 text, size in bytes); for CRCs only."""
    name, width = CRC_MODELS[algorithm]
    model = anycrc.Model(name)
    total = 0
    for text, size in parts:
        total = model.combine(total, int.from_bytes(base64.b64decode(text), "big"), size)
    return encode(total.to_bytes(width, "big"))


def _start(algorithm: str) -> Digest:
    return Crc(algorithm) if algorithm in CRC_MODELS else HASHES[algorithm]()
