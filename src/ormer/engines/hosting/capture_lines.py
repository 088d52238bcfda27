"""The lines of data capture, as Model Monitor and Clarify read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Lines are made by the hundred: most of a line is the same for all that are alike, and text becomes JSON for all of them
in one call.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from ormer.engines.hosting import identifiers
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.identifiers import ENDINGS
from ormer.engines.hosting.routes import Capture, Route

_encoder = msgspec.json.Encoder()
KINDS_MAX = 256
# Between texts that become JSON together: a control character, which nobody has in CSV, and what JSON makes of it.
BETWEEN, BETWEEN_IN_JSON = b"\x1e", b"\\u001e"


# The content type each way, and whether the caller named it. It is a tuple since one is made for each invocation.
Alike = tuple[str, str, bool]


@dataclass(slots=True)
class Run:
    """Invocations of a variant one after the other that are alike, within one second.

    capture: the route's. moment, end: calendar seconds of the first one, and where their second ends. parts: of each in
    turn what was asked, what was answered and, where they are named, what the caller named it, as members of JSON.
    """

    route: Route
    variant: str
    capture: Capture
    alike: Alike
    moment: float
    end: int
    parts: list[bytes]

    @property
    def width(self) -> int:
        """How many parts an invocation has."""
        return 3 if self.alike[2] else 2

    def __len__(self) -> int:
        return len(self.parts) // self.width

    def taken(self) -> Run:
        """What it holds, as another run; this one is empty then. Parts may be added by another thread meanwhile."""
        parts = self.parts
        # Neither lets another thread in between, and what is added comes behind.
        found = parts[: len(parts)]
        del parts[: len(found)]
        return Run(self.route, self.variant, self.capture, self.alike, self.moment, self.end, found)


def lines_of(run: Run) -> bytes:
    """One JSON line an invocation, its line feed included."""
    width = run.width
    step = len(ENDINGS) * width
    return b"".join([_lines(run, run.parts[start : start + step]) for start in range(0, len(run.parts), step)])


def encoding_of(capture: Capture, content_type: str) -> str:
    """CSV or JSON for the content types that the configuration names, else BASE64."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in capture.csv_types:
        return "CSV"
    return "JSON" if kind in capture.json_types else "BASE64"


def named(asked: Asked) -> bytes:
    """What the caller named the invocation: members of its line's eventMetadata, each with a comma before it."""
    members = b""
    if asked.inference_id:
        members += b',"inferenceId":' + _encoder.encode(asked.inference_id)
    if asked.custom_attributes:
        members += b',"customAttributes":' + _encoder.encode([asked.custom_attributes])
    return members


def _lines(run: Run, parts: list[bytes]) -> bytes:
    """The lines of as many as one beginning of identifiers is good for."""
    input_type, output_type, _ = run.alike
    kinds = encoding_of(run.capture, input_type), encoding_of(run.capture, output_type)
    sides = [parts[number :: run.width] for number in range(run.width)]
    inputs, outputs = _json_texts(sides[0], kinds[0]), _json_texts(sides[1], kinds[1])
    if inputs is None or outputs is None:
        return b"".join(_singles(run, sides, kinds))
    return _woven(run, kinds, [inputs, outputs, *sides[2:]])


def _singles(run: Run, sides: list[list[bytes]], kinds: tuple[str, str]) -> Iterator[bytes]:
    """Line by line: data that is named as text but is none goes as BASE64."""
    for each in zip(*sides, strict=True):
        encodings, texts = [], list[list[bytes]]()
        for data, encoding in zip(each[:2], kinds, strict=True):
            found = _json_texts([data], encoding)
            encodings.append(encoding if found is not None else "BASE64")
            texts.append(found or [base64.b64encode(data)])
        yield _woven(run, (encodings[0], encodings[1]), [*texts, *([name] for name in each[2:])])


def _json_texts(data: list[bytes], encoding: str) -> list[bytes] | None:
    """Each as the inside of a JSON string; None when one of them is named as text and is none."""
    if encoding == "BASE64":
        return [base64.b64encode(each) for each in data]
    try:
        texts = _encoder.encode(BETWEEN.join(data).decode())[1:-1].split(BETWEEN_IN_JSON)
    except UnicodeDecodeError:
        return None
    if len(texts) == len(data):
        return texts
    return [_encoder.encode(each.decode())[1:-1] for each in data]


def _woven(run: Run, encodings: tuple[str, str], strands: Sequence[Sequence[bytes]]) -> bytes:
    """Lines that differ in data, identifier and what the caller named; the rest is the same in all of them.

    strands: by line the data asked and answered and, where they are named, the names."""
    input_type, output_type, is_named = run.alike
    capture, count, text = run.capture, len(strands[0]), b'{"captureData":{'
    # By turns what is the same in all lines and what is not.
    found: list[Sequence[bytes]] = []
    if capture.inputs:
        before, after = _side("endpointInput", "INPUT", input_type, encodings[0])
        found += [text + before] * count, strands[0]
        text = after + b","
    if capture.outputs:
        before, after = _side("endpointOutput", "OUTPUT", output_type, encodings[1])
        found += [text + before] * count, strands[1]
        text = after + b","
    text = text.removesuffix(b",") + b'},"eventMetadata":{"eventId":"' + identifiers.beginning()
    found += [text] * count, ENDINGS[:count]
    text = b'"'
    if is_named:
        found += [text] * count, strands[2]
        text = b""
    found.append([text + b',"inferenceTime":"%b"},"eventVersion":"0"}\n' % _iso(int(run.moment))] * count)
    woven, width = [b""] * (count * len(found)), len(found)
    for number, strand in enumerate(found):
        woven[number::width] = strand
    return b"".join(woven)


@lru_cache(maxsize=KINDS_MAX)
def _side(member: str, mode: str, content_type: str, encoding: str) -> tuple[bytes, bytes]:
    """What stands before and behind the data of one side."""
    before = b'"%b":{"observedContentType":%b,"mode":"%b","data":"'
    return (
        before % (member.encode(), _encoder.encode(content_type), mode.encode()),
        b'","encoding":"%b"}' % encoding.encode(),
    )


@lru_cache(maxsize=64)
def _iso(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode()
