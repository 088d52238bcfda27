"""Records as requests hold them, taken apart into cells and put together again: CSV and JSON Lines.

A cell of CSV stays the text that it was, so that the model reads a feature as it reads it without an explainer.
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-online-explainability-precheck.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ClientError
from ..payloads import CSV, JSON_LINES, filled
from ..queries import search

Cell = Any
NUMERICAL, CATEGORICAL, TEXT = "numerical", "categorical", "text"
JSON_LINES_TYPES = (JSON_LINES, "application/x-jsonlines")


@dataclass(frozen=True)
class Layout:
    """features: JMESPath of the list of features in a record of JSON Lines, None for the only list there is.

    template: ContentTemplate, which makes such a record of `$features`.
    """

    features: str | None
    template: str


def kind_of(content_type: str) -> str:
    """CSV or JSON_LINES. Raises ClientError for any other type."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == CSV:
        return CSV
    if kind in JSON_LINES_TYPES:
        return JSON_LINES
    raise ClientError(f"Records of the content type {content_type!r} cannot be explained: use {CSV} or {JSON_LINES}.")


def read_records(text: str, content_type: str, layout: Layout) -> list[list[Cell]]:
    """The features of each record. Raises ClientError for records without a list of features."""
    if kind_of(content_type) == CSV:
        return [row for row in csv.reader(io.StringIO(text)) if row]
    return [_features(line, layout) for line in text.splitlines() if line.strip()]


def write_record(cells: Sequence[Cell], kind: str, layout: Layout, features: Sequence[str]) -> str:
    """One line of a request. features: the features' types: CSV quotes texts in any case, JSON writes numbers."""
    typed = list(zip(cells, features, strict=True))
    if kind == CSV:
        return ",".join(_quoted(str(cell), feature == TEXT) for cell, feature in typed)
    values = [as_number(cell) if feature == NUMERICAL else cell for cell, feature in typed]
    return filled(layout.template, [str(place) for place in range(len(values))], tuple(values))


def as_number(cell: Cell) -> Cell:
    """The number that a cell of CSV spells; None for an empty one, any other cell as it is."""
    if cell == "":
        return None
    try:
        return json.loads(cell) if isinstance(cell, str) else cell
    except ValueError:
        return cell


def _features(line: str, layout: Layout) -> list[Cell]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ClientError(f"A line of the request is no JSON: {error}. It begins: {line[:200]!r}") from error
    found = record if layout.features is None else search(layout.features, record)
    if layout.features is None and isinstance(record, dict):
        lists = [value for value in record.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list):
        raise ClientError(f"No list of features is found in the record {line[:200]!r}: set FeaturesAttribute.")
    return found


def _quoted(cell: str, text: bool) -> str:
    if text or any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
