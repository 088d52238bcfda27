"""JSON and text objects in S3, read and written by the port as the execution's role."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.objects.rows import parse_uri

# (service, operation, params) -> answer: the port for one caller.
Caller = Callable[[str, str, dict[str, Any]], dict[str, Any]]

# Property files and analysis results are small; a model archive named by mistake must not fill the memory.
OBJECT_BYTES_MAX = 64 * 1024 * 1024


def join(uri: str, *parts: str) -> str:
    """A URI with keys put behind it."""
    return "/".join([uri.rstrip("/"), *(part.strip("/") for part in parts)])


def read(api: Caller, uri: str) -> bytes:
    """An object's bytes. Raises AwsError as GetObject does."""
    bucket, key = parse_uri(uri)
    return read_object(api, {"Bucket": bucket, "Key": key})


def read_object(api: Caller, where: dict[str, Any]) -> bytes:
    """An object's bytes by GetObject's own members, such as VersionId."""
    body = api("s3", "GetObject", where)["Body"]
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    pieces = [body.read(OBJECT_BYTES_MAX)] if hasattr(body, "read") else list(body)
    return b"".join(pieces)


def read_json(api: Caller, uri: str) -> Any:
    """An object's JSON. Raises AwsError as GetObject does, ValueError when it is no JSON or no URI."""
    raw = read(api, uri)
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ValueError(f"{uri} does not hold valid JSON: {error}") from None


def write_json(api: Caller, uri: str, document: Any) -> None:
    """Put a JSON object. Raises AwsError as PutObject does."""
    bucket, key = parse_uri(uri)
    body = json.dumps(document).encode()
    api("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/json"})


def exists(api: Caller, uri: str) -> bool:
    """Whether there is an object."""
    bucket, key = parse_uri(uri)
    try:
        api("s3", "HeadObject", {"Bucket": bucket, "Key": key})
    except AwsError as error:
        if error.status == 404:
            return False
        raise
    return True
