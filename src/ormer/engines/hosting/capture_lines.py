"""The lines of data capture, as Model Monitor and Clarify read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Lines are made by the hundred: what stands around the data is the same for all records of an endpoint and a content
type, so that much of a line is a template, and text becomes JSON for all of them in one call.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

import msgspec

from ormer.engines.hosting import identifiers
from ormer.engines.hosting.routes import Capture, Route

_encoder = msgspec.json.Encoder()
KINDS_MAX = 256


class Record(msgspec.Struct, frozen=True, gc=False):
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


_kind = attrgetter("capture", "input_type", "output_type")


def lines_of(records: Iterable[Record]) -> list[bytes]:
    """One JSON line a record, its line feed included."""
    made: list[bytes] = []
    for (capture, input_type, output_type), group in itertools.groupby(records, _kind):
        alike = list(group)
        inputs = _json_texts([record.input for record in alike], encoding_of(capture, input_type))
        outputs = _json_texts([record.output for record in alike], encoding_of(capture, output_type))
        if inputs is None or outputs is None:
            for record in alike:
                made += _alike([record], *_told(capture, record))
        else:
            kinds = encoding_of(capture, input_type), encoding_of(capture, output_type)
            made += _alike(alike, *kinds, inputs, outputs)
    return made


def encoding_of(capture: Capture, content_type: str) -> str:
    """CSV or JSON for the content types that the configuration names, else BASE64."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in capture.csv_types:
        return "CSV"
    return "JSON" if kind in capture.json_types else "BASE64"


def _told(capture: Capture, record: Record) -> tuple[str, str, list[bytes], list[bytes]]:
    """The encodings and the data of a record by itself; what is named as text but is none goes as BASE64."""
    kinds, texts = [], []
    for kind, data in ((record.input_type, record.input), (record.output_type, record.output)):
        encoding = encoding_of(capture, kind)
        found = _json_texts([data], encoding)
        kinds.append(encoding if found is not None else "BASE64")
        texts.append(found if found is not None else [_base64(data)])
    return kinds[0], kinds[1], texts[0], texts[1]


def _json_texts(data: list[bytes], encoding: str) -> list[bytes] | None:
    """Each as a JSON string; None when one of them is named as text and is none."""
    if encoding == "BASE64":
        return [_base64(each) for each in data]
    try:
        texts = [each.decode() for each in data]
    except UnicodeDecodeError:
        return None
    # A line feed within a string is escaped, so each line is one string.
    return _encoder.encode_lines(texts).split(b"\n")[:-1]


def _base64(data: bytes) -> bytes:
    return b'"%b"' % base64.b64encode(data)


def _alike(
    records: Sequence[Record], input_encoding: str, output_encoding: str, inputs: list[bytes], outputs: list[bytes]
) -> list[bytes]:
    """The lines of records of one configuration, and of one content type and encoding each way."""
    first = records[0]
    capture = first.capture
    template = _template(
        _side("endpointInput", "INPUT", first.input_type, input_encoding) if capture.inputs else b"",
        _side("endpointOutput", "OUTPUT", first.output_type, output_encoding) if capture.outputs else b"",
    )
    columns: list[list[bytes]] = [inputs] if capture.inputs else []
    if capture.outputs:
        columns.append(outputs)
    columns += [
        identifiers.made(len(records)),
        [_named(record) if record.inference_id or record.custom_attributes else b"" for record in records],
        [_iso(int(record.moment)) for record in records],
    ]
    return [template % row for row in zip(*columns, strict=True)]


@lru_cache(maxsize=KINDS_MAX)
def _template(input_side: bytes, output_side: bytes) -> bytes:
    """A line with places for the data, the identifier, what the caller named and the time."""
    sides = b",".join(filter(None, (input_side, output_side)))
    return (
        b'{"captureData":{' + sides + b'},"eventMetadata":{"eventId":"%b"%b,"inferenceTime":"%b"},"eventVersion":"0"}\n'
    )


@lru_cache(maxsize=KINDS_MAX)
def _side(member: str, mode: str, content_type: str, encoding: str) -> bytes:
    """One side's object with a place for its data."""
    observed = _encoder.encode(content_type).replace(b"%", b"%%")
    frame = b'"%b":{"observedContentType":%b,"mode":"%b","data":%%b,"encoding":"%b"}'
    return frame % (member.encode(), observed, mode.encode(), encoding.encode())


def _named(record: Record) -> bytes:
    named = b""
    if record.inference_id:
        named += b',"inferenceId":' + _encoder.encode(record.inference_id)
    if record.custom_attributes:
        named += b',"customAttributes":' + _encoder.encode([record.custom_attributes])
    return named


@lru_cache(maxsize=64)
def _iso(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode()
