"""The lines of data capture, as Model Monitor and Clarify read them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Lines are made by the hundred: most of a line is the same for all that are alike, and text becomes JSON for all of them
in one call. `sheets` makes those of text in C; here is what holds for every kind of data, on every machine.
"""

from __future__ import annotations

import base64
import re
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
# Where lines of a template differ: control characters, which JSON has none of.
ASKED, ANSWERED, NAMES, ENDING = b"\x01", b"\x02", b"\x03", b"\x04"
MARKS = re.compile(b"([\x01-\x04])")
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
    return b"".join([lines_of_few(run, parts) for parts in chunks(run)])


def chunks(run: Run) -> Iterator[list[bytes]]:
    """The parts of as many invocations at a time as one beginning of identifiers is good for."""
    step = len(ENDINGS) * run.width
    return (run.parts[start : start + step] for start in range(0, len(run.parts), step))


def encodings_of(run: Run) -> tuple[str, str]:
    """CSV, JSON or BASE64, of what was asked and of what was answered."""
    return encoding_of(run.capture, run.alike[0]), encoding_of(run.capture, run.alike[1])


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


def lines_of_few(run: Run, parts: list[bytes]) -> bytes:
    """The lines of one chunk of a run."""
    kinds = encodings_of(run)
    sides = [parts[number :: run.width] for number in range(run.width)]
    inputs, outputs = _json_texts(sides[0], kinds[0]), _json_texts(sides[1], kinds[1])
    if inputs is None or outputs is None:
        return b"".join(_singles(run, sides, kinds))
    return _woven(run, kinds, [inputs, outputs, *sides[2:]])


def template_of(run: Run, encodings: tuple[str, str]) -> bytes:
    """A chunk's lines, with marks where they differ: in data, identifier and what the caller named."""
    input_type, output_type, is_named = run.alike
    sides = []
    if run.capture.inputs:
        sides.append(_side("endpointInput", "INPUT", input_type, ASKED, encodings[0]))
    if run.capture.outputs:
        sides.append(_side("endpointOutput", "OUTPUT", output_type, ANSWERED, encodings[1]))
    metadata = b'"eventId":"%b%b"%b' % (identifiers.beginning(), ENDING, NAMES if is_named else b"")
    return b'{"captureData":{%b},"eventMetadata":{%b,"inferenceTime":"%b"},"eventVersion":"0"}\n' % (
        b",".join(sides),
        metadata,
        _iso(int(run.moment)),
    )


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
    """A chunk's lines. strands: by line the data asked and answered and, where they are named, the names."""
    count = len(strands[0])
    marked = dict(zip((ASKED, ANSWERED, NAMES), strands, strict=False)) | {ENDING: ENDINGS[:count]}
    found = [marked.get(text) or [text] * count for text in MARKS.split(template_of(run, encodings))]
    woven, width = [b""] * (count * len(found)), len(found)
    for number, strand in enumerate(found):
        woven[number::width] = strand
    return b"".join(woven)


@lru_cache(maxsize=KINDS_MAX)
def _side(member: str, mode: str, content_type: str, mark: bytes, encoding: str) -> bytes:
    """One side's member of captureData, with a mark for its data."""
    text = b'"%b":{"observedContentType":%b,"mode":"%b","data":"%b","encoding":"%b"}'
    return text % (member.encode(), _encoder.encode(content_type), mode.encode(), mark, encoding.encode())


@lru_cache(maxsize=64)
def _iso(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)).encode()
