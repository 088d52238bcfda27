"""Invocations answered from flat trees, byte for byte as the built-in algorithm's server answers them.

runtimes/xgboost/inference.py is that server; tests compare the two. What is not certain here is None: the server tells.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Mapping

from ormer.engines.hosting.routes import Answer
from ormer.engines.hosting.trees import library as lib
from ormer.engines.hosting.trees.flat_trees import FlatTrees

CSV_TYPES = ("text/csv", "csv")
LIBSVM_TYPES = ("text/libsvm", "text/x-libsvm", "libsvm", "")
CSV, JSON, JSONLINES, ANY = "text/csv", "application/json", "application/jsonlines", "*/*"
PLAIN_HEADER = re.compile(r"[!-~]?|[!-~][ -~]{0,254}[!-~]")
NUMBERS_MAX = 4_000_000
"""Predictions of one answer; a body that may give more is the server's."""

MEGABYTE = 1024**2
PAYLOAD_MEGABYTES = 6
"""What a server takes where its variables say nothing."""

NOTHING = Answer(204, b"", "")
Rows = list[float]
"""One number a row, or the numbers of all rows one after the other."""


class ForestAnswers:
    """The Evaluator of a forest.

    width: numbers in a row's prediction, 0 where it is a bare number. one_line: the image tag answers `a,b,c` and looks
    at no Accept. default_accept: the answer's type where none is asked for. body_bytes_max: the longest body that the
    server takes.
    """

    def __init__(self, trees: FlatTrees, width: int, one_line: bool, default_accept: str, body_bytes_max: int) -> None:
        self._trees = trees
        self._outputs = trees.outputs
        self._width = width
        self._one_line = one_line
        self._default_accept = default_accept
        self._body_bytes_max = body_bytes_max
        self._csv = trees.columns > 1
        self._encoders: dict[str, Callable[[Rows], Answer]] = {
            CSV: self._csv_lines,
            JSON: self._json,
            JSONLINES: self._json_lines,
        }

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        """The very bytes the variant's own server would answer; None when only that server can tell."""
        if not body:
            return NOTHING
        kind = body_kind(content_type)
        encode = self._encoder(accept)
        rows_max = body.count(b"\n") + 1
        if kind is None or encode is None or len(body) > self._body_bytes_max:
            return None
        if (kind == lib.CSV and not self._csv) or rows_max * self._outputs > NUMBERS_MAX:
            return None
        rows = self._trees.predict(kind, body, rows_max)
        return None if rows is None else encode(rows)

    def _encoder(self, accept: str) -> Callable[[Rows], Answer] | None:
        if self._one_line:
            return self._csv_line
        wanted = accepted(accept)
        return self._encoders.get(self._default_accept if wanted in ("", ANY) else wanted)

    def _csv_line(self, rows: Rows) -> Answer:
        return Answer(200, ",".join(map(str, self._by_row(rows))).encode(), "text/csv; charset=utf-8")

    def _csv_lines(self, rows: Rows) -> Answer:
        if self._width:
            lines = [",".join(map(str, row)) for row in self._split(rows)]
        else:
            lines = list(map(str, rows))
        return Answer(200, ("\n".join(lines) + "\n").encode(), "text/csv; charset=utf-8")

    def _json(self, rows: Rows) -> Answer:
        scores = '}, {"score": '.join(self._json_texts(rows))
        return Answer(200, ('{"predictions": [{"score": ' + scores + "}]}").encode(), JSON)

    def _json_lines(self, rows: Rows) -> Answer:
        scores = '}\n{"score": '.join(self._json_texts(rows))
        return Answer(200, ('{"score": ' + scores + "}\n").encode(), JSONLINES)

    def _json_texts(self, rows: Rows) -> list[str]:
        if self._width:
            return [json.dumps(row) for row in self._split(rows)]
        return json.dumps(rows)[1:-1].split(", ")

    def _by_row(self, rows: Rows) -> list[float] | list[Rows]:
        return self._split(rows) if self._width else rows

    def _split(self, rows: Rows) -> list[Rows]:
        width = self._width
        return [rows[start : start + width] for start in range(0, len(rows), width)]


@functools.lru_cache(maxsize=256)
def body_kind(content_type: str) -> int | None:
    """Which parser a Content-Type means, library.CSV or LIBSVM; None for others. Without one it is LIBSVM."""
    if not PLAIN_HEADER.fullmatch(content_type):
        return None
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    if media in LIBSVM_TYPES and (media or not content_type):
        return lib.LIBSVM
    if media not in CSV_TYPES:
        return None
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "label_size" and value.strip() != "1":
            return None
    return lib.CSV


@functools.lru_cache(maxsize=256)
def accepted(accept: str) -> str:
    """The media type of an Accept header, "" without one; a header that is not plain text is no media type at all."""
    if not PLAIN_HEADER.fullmatch(accept):
        return "?"
    return accept.partition(";")[0].strip().lower()


def body_bytes_max(environ: Mapping[str, str]) -> int:
    """The longest body that the server takes, by its variables; 0 where these are no numbers."""
    try:
        megabytes = int(environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB") or PAYLOAD_MEGABYTES)
        length = int(environ.get("MAX_CONTENT_LENGTH") or PAYLOAD_MEGABYTES * MEGABYTE)
    except ValueError:
        return 0
    return sys.maxsize if megabytes == 0 else max(megabytes * MEGABYTE, length)
