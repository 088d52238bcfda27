"""Frames of application/vnd.amazon.eventstream, in which InvokeEndpointWithResponseStream answers.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"

# The only header type AWS's JSON event streams need: a text with a two-byte length.
STRING_HEADER = 7
PRELUDE_AND_CHECKSUMS_BYTES = 16


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: lengths, their CRC32, headers, payload, CRC32 of all before."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    total_bytes = PRELUDE_AND_CHECKSUMS_BYTES + len(packed) + len(payload)
    prelude = struct.pack("!II", total_bytes, len(packed))
    message = prelude + struct.pack("!I", crc32(prelude)) + packed + payload
    return message + struct.pack("!I", crc32(message))


def event(name: str, payload: bytes, content_type: str = "application/octet-stream") -> bytes:
    """One event, e.g. a `PayloadPart` of an answer."""
    return frame({":message-type": "event", ":event-type": name, ":content-type": content_type}, payload)


def exception(name: str, payload: bytes, content_type: str = "application/json") -> bytes:
    """The end of a stream that failed, e.g. `ModelStreamError`."""
    return frame({":message-type": "exception", ":exception-type": name, ":content-type": content_type}, payload)


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", STRING_HEADER, len(text)) + text
