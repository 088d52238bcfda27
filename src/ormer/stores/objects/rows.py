"""Buckets and objects as the code sees them, and keys as the database orders them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ormer.stores.objects import faults

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
KEY_BYTES_MAX = 1024
NULL_VERSION = "null"
DEFAULT_CONTENT_TYPE = "binary/octet-stream"
# What follows https:// in an object's address: the bucket stands before S3's host, or first in the path.
_ADDRESS = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?"
    r"/(?P<path>[^?#]*)"
)


@dataclass(frozen=True)
class Bucket:
    """A bucket. created: calendar seconds. versioning: "", "Enabled" or "Suspended".

    configurations: {AWS's member: its document} of what is configured.
    """

    name: str
    account: str
    region: str
    created: float
    versioning: str = ""
    configurations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"


@dataclass(frozen=True)
class Object:
    """One version of an object.

    etag: without quotes. size: bytes. modified: calendar seconds. blob: the file's id, "" for a delete marker.
    version: "null" when it was written without versioning. marker: whether it is a delete marker.
    document: further headers, checksums and parts in AWS's words (ContentEncoding, ChecksumCRC32, ...).
    """

    bucket: str
    key: str
    etag: str
    size: int
    modified: float
    content_type: str
    blob: str
    version: str = NULL_VERSION
    latest: bool = True
    marker: bool = False
    document: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def metadata(self) -> dict[str, str]:
        """The user's own metadata, names in lower case."""
        return dict(self.document.get("Metadata", {}))

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


def bucket_of(row: Any) -> Bucket:
    """A row of `buckets`."""
    return Bucket(row["name"], row["account"], row["region"], row["created"], row["versioning"], row["configurations"])


def object_of(row: Any) -> Object:
    """A row of `objects`."""
    return Object(
        row["bucket"],
        decode_key(row["key"]),
        row["etag"],
        row["size"],
        row["modified"],
        row["content_type"],
        row["blob"] or "",
        row["version"],
        row["latest"],
        row["marker"],
        row["document"],
        row["tags"],
    )


def encode_key(key: str) -> bytes:
    """A key as it is stored; KeyTooLongError beyond 1,024 bytes."""
    raw = key.encode("utf-8", "surrogatepass")
    if not raw:
        raise faults.invalid_argument("An object key must hold at least one character.")
    if len(raw) > KEY_BYTES_MAX:
        raise faults.key_too_long(len(raw), KEY_BYTES_MAX)
    return raw


def decode_key(raw: bytes) -> str:
    return bytes(raw).decode("utf-8", "surrogatepass")


def behind(prefix: bytes) -> bytes:
    """The first key behind every key that begins with `prefix`. UTF-8 has no byte 255, so adding one never overflows.

    prefix: at least one byte.
    """
    return prefix[:-1] + bytes([prefix[-1] + 1])


def next_key(key: bytes) -> bytes:
    """The first key behind this one."""
    return key + b"\0" if key else b""


def parse_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key`, or an object's address at S3, as (bucket, key); the key may be "". ValueError for other texts.

    SageMaker takes both forms wherever it asks for an S3 URI. The host of an address is one of S3's own
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html), old spellings with a dash included.
    """
    scheme, _, rest = uri.partition("://")
    if scheme == "https" and (address := _ADDRESS.fullmatch(rest)):
        path = unquote(address["path"])
        bucket, _, key = (f"{address['bucket']}/{path}" if address["bucket"] else path).partition("/")
    else:
        bucket, _, key = rest.partition("/") if scheme in ("s3", "s3a", "s3n") else ("", "", "")
    if not bucket:
        raise ValueError(f"not an S3 URI: {uri!r}; it must look like s3://bucket/key")
    return bucket, key
