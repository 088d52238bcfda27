"""Single values between the wire and ormer: timestamps, blobs, numbers and truth."""

from __future__ import annotations

import base64
import binascii
import math
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from botocore.model import Shape

from ormer.aws.errors import AwsError


def malformed(what: str) -> AwsError:
    """The request cannot be read at all."""
    return AwsError("SerializationException", what)


def read_timestamp(value: Any) -> float:
    """Seconds since the epoch from a number, a datetime, or ISO 8601, RFC 822 or numeric text."""
    if isinstance(value, bool):
        raise malformed("a boolean can not be converted to Timestamp")
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    text = str(value).strip()
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return read_timestamp(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return read_timestamp(parsedate_to_datetime(text))
    except (ValueError, TypeError):
        raise malformed(f"{text!r} can not be converted to Timestamp") from None


def write_timestamp(value: Any, kind: str) -> str | float:
    """A timestamp as the wire wants it: `unixTimestamp` is a number, `iso8601` and `rfc822` are texts."""
    seconds = read_timestamp(value)
    if kind.lower() == "unixtimestamp":
        return seconds
    if kind == "rfc822":
        return formatdate(seconds, usegmt=True)
    moment = datetime.fromtimestamp(seconds, UTC)
    precision = "milliseconds" if moment.microsecond // 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def timestamp_kind(shape: Shape, default: str) -> str:
    """The format the model asks for, or the protocol's own."""
    return str(shape.serialization.get("timestampFormat", default))


def read_blob(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise malformed("a Blob must be base64 text") from None


def write_blob(value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else bytes(value)).decode()


def read_text(shape: Shape, text: str) -> Any:
    """One scalar from text, as it stands in a query, a header, a path or an XML element."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError:
        raise malformed(f"{text!r} can not be converted to {kind}") from None
    if kind == "boolean":
        return read_boolean(text)
    if kind == "timestamp":
        return read_timestamp(text)
    if kind == "blob":
        return read_blob(text)
    return text


def read_boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise malformed(f"{text!r} can not be converted to boolean")
    return text.lower() == "true"


def write_text(shape: Shape, value: Any, timestamp_format: str) -> str:
    """The inverse of `read_text`."""
    kind = shape.type_name
    if kind == "timestamp":
        return str(write_timestamp(value, timestamp_kind(shape, timestamp_format)))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "blob":
        return write_blob(value)
    if kind in ("float", "double"):
        return write_float_text(value)
    return str(value)


def write_float_text(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)
