"""The lines of data capture, as Model Monitor and Clarify read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ormer.engines.hosting.routes import Capture, Route

_json = msgspec.json.Encoder().encode
AS_BASE64 = b',"encoding":"BASE64"}'
# Random bytes are asked of the system for this many identifiers at once.
IDS_AT_ONCE = 256


class Record(NamedTuple):
    """One invocation that was chosen for capture. moment: calendar seconds."""

    route: Route
    capture: Capture
    variant: str
    moment: float
    inference_id: str
    custom_attributes: str
    input_type: str
    input: bytes
    output_type: str
    output: bytes

    @property
    def size(self) -> int:
        return len(self.input) + len(self.output)


def lines_of(records: Iterable[Record]) -> list[bytes]:
    """One JSON line a record, its line feed included."""
    made: list[bytes] = []
    frames = _Frames(None)
    for record in records:
        capture = record.capture
        if capture is not frames.capture:
            frames = _Frames(capture)
        captured = b""
        if capture.inputs:
            captured = b'"endpointInput":' + _side(frames.inputs[record.input_type], record.input)
        if capture.outputs:
            comma = b"," if captured else b""
            captured += comma + b'"endpointOutput":' + _side(frames.outputs[record.output_type], record.output)
        named = _named(record) if record.inference_id or record.custom_attributes else b""
        made.append(
            b'{"captureData":{%b},"eventMetadata":{"eventId":"%b"%b,"inferenceTime":"%b"},"eventVersion":"0"}\n'
            % (captured, _ids.next(), named, _iso(int(record.moment)))
        )
    return made


def encoding_of(capture: Capture, content_type: str) -> str:
    """CSV or JSON for the content types that the configuration names, else BASE64."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in capture.csv_types:
        return "CSV"
    return "JSON" if kind in capture.json_types else "BASE64"


def _named(record: Record) -> bytes:
    named = b""
    if record.inference_id:
        named += b',"inferenceId":' + _json(record.inference_id)
    if record.custom_attributes:
        named += b',"customAttributes":' + _json([record.custom_attributes])
    return named


def _side(frame: tuple[bool, bytes, bytes], data: bytes) -> bytes:
    """One side's object: the frame of its content type around its data."""
    is_text, before, after = frame
    if is_text:
        try:
            return before + _json(data.decode()) + after
        except UnicodeDecodeError:
            after = AS_BASE64
    return before + b'"' + base64.b64encode(data) + b'"' + after


class _Frames:
    """What stands before and after the data, for the content types of one configuration that were seen."""

    def __init__(self, capture: Capture | None) -> None:
        self.capture = capture
        self.inputs = _Side(capture, "INPUT")
        self.outputs = _Side(capture, "OUTPUT")


class _Side(dict[str, tuple[bool, bytes, bytes]]):
    """(whether the data is text, what stands before it, what behind it) by content type."""

    def __init__(self, capture: Capture | None, mode: str) -> None:
        super().__init__()
        self._capture = capture
        self._mode = mode

    def __missing__(self, content_type: str) -> tuple[bool, bytes, bytes]:
        assert self._capture is not None
        encoding = encoding_of(self._capture, content_type)
        before = b'{"observedContentType":%b,"mode":"%b","data":' % (_json(content_type), self._mode.encode())
        after = b',"encoding":"%b"}' % encoding.encode()
        found = self[content_type] = (encoding != "BASE64", before, after)
        return found


@lru_cache(maxsize=64)
def _iso(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode()


class _Ids:
    """Random UUIDs (version 4) as text; cheaper by the hundred than one by one."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []

    def next(self) -> bytes:
        if not self._ready:
            text = os.urandom(16 * IDS_AT_ONCE).hex().encode()
            self._ready = [_uuid4(text[at : at + 32]) for at in range(0, len(text), 32)]
        return self._ready.pop()


def _uuid4(digits: bytes) -> bytes:
    variant = b"89ab"[int(digits[16:17], 16) & 3 :][:1]
    return b"%b-%b-4%b-%b%b-%b" % (digits[:8], digits[8:12], digits[13:16], variant, digits[17:20], digits[20:])


_ids = _Ids()
