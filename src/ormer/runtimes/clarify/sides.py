"""One side of a captured request: what was asked or answered, in whatever encoding it was captured.

Record format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from . import answers
from .errors import ClientError
from .payloads import CSV, JSON, JSON_LINES
from .queries import search

REQUESTS = ("endpointInput", "batchTransformInput")
ANSWERS = ("endpointOutput", "batchTransformOutput")
TRUTHS = ("groundTruthData",)
# The list of records of a JSON document that no query points into.
RECORD_LISTS = ("instances", "features", "predictions")


@dataclass(frozen=True)
class Side:
    """One side of a capture: its text and content type."""

    text: str
    kind: str

    def rows(self, query: str | None) -> list[list[Any]]:
        """The records that it holds; the cells of CSV are texts. `query` points to the features of JSON."""
        if self.kind == CSV:
            return [row for row in csv.reader(io.StringIO(self.text)) if row]
        if self.kind == JSON_LINES:
            lines = [json.loads(line) for line in self.text.splitlines() if line.strip()]
            return [row for line in lines for row in _records(line, query)]
        return _records(json.loads(self.text), query)

    def picked(self, selector: str | int | None, count: int) -> list[Any]:
        """What the selector finds for each of `count` records; see `answers.pick`."""
        body = self.text.encode()
        return answers.pick(answers.parse(body, self.kind, self.kind, count), selector, count)


def side_of(parts: dict[str, Any], names: tuple[str, ...]) -> Side | None:
    """Return the first of the named parts that was captured. Raises ValueError for one that cannot be decoded."""
    part = next((parts[name] for name in names if isinstance(parts.get(name), dict)), None)
    if part is None:
        return None
    encoding, data = str(part.get("encoding", "CSV")).upper(), part.get("data") or ""
    declared = str(part.get("observedContentType") or "").partition(";")[0].strip().lower()
    if encoding == "BASE64":
        data = base64.b64decode(data, validate=True).decode()
        kind = declared if declared in (CSV, JSON, JSON_LINES) else CSV
    else:
        kind = (declared if declared in (JSON, JSON_LINES) else JSON) if encoding == "JSON" else CSV
    text = data if isinstance(data, str) else json.dumps(data)
    return Side(text, JSON_LINES if kind == JSON and _is_lines(text) else kind)


def _is_lines(text: str) -> bool:
    """Whether what is called JSON is one document a line."""
    if "\n" not in text.strip():
        return False
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return True
    return False


def _records(document: Any, query: str | None) -> list[list[Any]]:
    """Return the rows of features in a JSON document: where the query points, in it or in each of its records.

    Raises ClientError when it points nowhere."""
    found = search(query, document) if query else None
    if found is not None:
        return _rows(found)
    values = document
    for name in RECORD_LISTS:
        if isinstance(values, dict) and values.get(name) is not None:
            values = values[name]
    if not query:
        return _rows(values)
    each = [search(query, value) for value in (values if isinstance(values, list) else [values])]
    if not each or any(value is None for value in each):
        raise ClientError(f"Data must contain features. {query!r} finds none in a captured record.")
    return _rows(each)


def _rows(values: Any) -> list[list[Any]]:
    many = isinstance(values, list) and bool(values) and isinstance(values[0], (list, dict))
    return [_cells(value) for value in (values if many else [values])]


def _cells(value: Any) -> list[Any]:
    if isinstance(value, dict):
        inner = value.get("features", list(value.values()))
        return inner if isinstance(inner, list) else [inner]
    return value if isinstance(value, list) else [value]
