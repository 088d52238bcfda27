"""The lines of data capture, as Model Monitor and Clarify read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Lines are made by the hundred: most of a line is the same for all records of an endpoint and a content type, and text
becomes JSON for all of them in one call.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from ormer.engines.hosting import identifiers
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.identifiers import ENDINGS
from ormer.engines.hosting.routes import Capture, Route

_encoder = msgspec.json.Encoder()
KINDS_MAX = 256


class Record(msgspec.Struct, gc=False):
    """One invocation that was chosen for capture. moment: calendar seconds."""

    route: Route
    capture: Capture
    variant: str
    moment: float
    asked: Asked
    output_type: str
    output: bytes


def lines_of(records: Iterable[Record]) -> bytes:
    """One JSON line a record, its line feed included."""
    made: list[bytes] = []
    for (capture, input_type, output_type), group in itertools.groupby(records, _kind):
        alike = list(group)
        kinds = encoding_of(capture, input_type), encoding_of(capture, output_type)
        for start in range(0, len(alike), len(ENDINGS)):
            made.append(_alike(alike[start : start + len(ENDINGS)], *kinds))
    return b"".join(made)


def _kind(record: Record) -> tuple[Capture, str, str]:
    return record.capture, record.asked.content_type, record.output_type


def encoding_of(capture: Capture, content_type: str) -> str:
    """CSV or JSON for the content types that the configuration names, else BASE64."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in capture.csv_types:
        return "CSV"
    return "JSON" if kind in capture.json_types else "BASE64"


def _alike(records: Sequence[Record], input_encoding: str, output_encoding: str) -> bytes:
    """The lines of records of one configuration, and of one content type each way."""
    inputs = _json_texts([record.asked.body for record in records], input_encoding)
    outputs = _json_texts([record.output for record in records], output_encoding)
    if inputs is None or outputs is None:
        return b"".join(map(_single, records))
    return _woven(records, input_encoding, output_encoding, inputs, outputs)


def _single(record: Record) -> bytes:
    """The line of a record by itself; data that is named as text but is none goes as BASE64."""
    kinds, texts = [], []
    for kind, data in ((record.asked.content_type, record.asked.body), (record.output_type, record.output)):
        encoding = encoding_of(record.capture, kind)
        found = _json_texts([data], encoding)
        kinds.append(encoding if found is not None else "BASE64")
        texts.append(found or [_base64(data)])
    return _woven([record], kinds[0], kinds[1], texts[0], texts[1])


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


def _woven(
    records: Sequence[Record], input_encoding: str, output_encoding: str, inputs: list[bytes], outputs: list[bytes]
) -> bytes:
    """Lines of records that differ in data, identifier, time and what the caller named; the rest is the same in all."""
    first, count, text = records[0], len(records), b'{"captureData":{'
    # By turns what is the same in all lines and what is not.
    strands: list[Sequence[bytes]] = []
    if first.capture.inputs:
        before, after = _side("endpointInput", "INPUT", first.asked.content_type, input_encoding)
        strands += [text + before] * count, inputs
        text = after + b","
    if first.capture.outputs:
        before, after = _side("endpointOutput", "OUTPUT", first.output_type, output_encoding)
        strands += [text + before] * count, outputs
        text = after + b","
    text = text.removesuffix(b",") + b'},"eventMetadata":{"eventId":"' + identifiers.beginning()
    strands += [text] * count, ENDINGS[:count]
    text = b'"'
    named = [
        _named(asked) if asked.inference_id or asked.custom_attributes else b""
        for asked in [record.asked for record in records]
    ]
    if any(named):
        strands += [text] * count, named
        text = b""
    text += b',"inferenceTime":"'
    seconds = [int(record.moment) for record in records]
    if seconds.count(seconds[0]) == count:
        text += _iso(seconds[0])
    else:
        strands += [text] * count, [_iso(second) for second in seconds]
        text = b""
    strands.append([text + b'"},"eventVersion":"0"}\n'] * count)
    woven, width = [b""] * (count * len(strands)), len(strands)
    for number, strand in enumerate(strands):
        woven[number::width] = strand
    return b"".join(woven)


@lru_cache(maxsize=KINDS_MAX)
def _side(member: str, mode: str, content_type: str, encoding: str) -> tuple[bytes, bytes]:
    """What stands before and behind the data of one side."""
    before = b'"%b":{"observedContentType":%b,"mode":"%b","data":'
    return (
        before % (member.encode(), _encoder.encode(content_type), mode.encode()),
        b',"encoding":"%b"}' % encoding.encode(),
    )


def _named(asked: Asked) -> bytes:
    named = b""
    if asked.inference_id:
        named += b',"inferenceId":' + _encoder.encode(asked.inference_id)
    if asked.custom_attributes:
        named += b',"customAttributes":' + _encoder.encode([asked.custom_attributes])
    return named


@lru_cache(maxsize=64)
def _iso(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode()
