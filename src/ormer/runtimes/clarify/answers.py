"""Reads the model's answers: one label or a row of scores for each record, by CSV index or JMESPath.

Formats: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-data-format-tabular-response.html
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np

from ..serving.client import MATRIX
from .errors import ClientError
from .payloads import CSV, JSON, JSON_LINES
from .queries import search

NOT_A_NUMBER = "Could not convert string to float."


class CountMismatch(Exception):
    """The model answered with another number of predictions than there were records."""


def parse(body: bytes, content_type: str, accept: str, count: int) -> Any:
    """Return the answer as rows of cells (CSV), a list of values (JSON Lines) or a document (JSON).

    The content type that the model declares wins over the accepted one when it is one of the three.
    """
    declared = content_type.split(";")[0].strip().lower()
    kind = declared if declared in (CSV, JSON_LINES, JSON) else accept
    if declared == MATRIX:
        table = np.load(io.BytesIO(body), allow_pickle=False)
        return table.reshape(len(table), -1).tolist()
    text = body.decode("utf-8")
    try:
        if kind == CSV:
            return _csv_rows(text, count)
        if kind == JSON_LINES:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ClientError(f"Unable to read the model's answer as {kind}: {error}. It begins: {text[:200]!r}") from error


def _csv_rows(text: str, count: int) -> list[list[str]]:
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    # Some servers answer a batch with all scores on one line.
    return [[cell] for cell in rows[0]] if len(rows) == 1 and count > 1 and len(rows[0]) == count else rows


def number_table(body: bytes, content_type: str, accept: str, count: int) -> np.ndarray | None:
    """Return a plain answer as records x cells of numbers, None for one that `parse` and `pick` must take apart.

    Plain is a matrix, or CSV with the same number of cells, all of them numbers, on the line of each record.
    """
    declared = content_type.split(";")[0].strip().lower()
    if declared == MATRIX:
        table = np.load(io.BytesIO(body), allow_pickle=False).astype(float)
        return table.reshape(len(table), -1)
    if (declared if declared in (CSV, JSON_LINES, JSON) else accept) != CSV:
        return None
    lines = [line for line in body.decode("utf-8").splitlines() if line]
    cells = lines[0].count(",") + 1 if lines else 0
    if len(lines) == 1 and cells == count:
        cells, lines = 1, lines[0].split(",")
    if len(lines) != count or any(line.count(",") != cells - 1 for line in lines):
        return None
    try:
        return np.array(list(map(float, ",".join(lines).split(",")))).reshape(count, cells)
    except ValueError:
        return None


def column(table: np.ndarray, selector: str | int | None) -> np.ndarray | None:
    """Return records x outputs: the column that the selector points at, or all without one; None for any other."""
    if selector is None:
        return table
    if not is_index(selector) or not 0 <= int(selector) < table.shape[1]:
        return None
    return table[:, int(selector), None]


def pick(answer: Any, selector: str | int | None, count: int) -> list[Any]:
    """Return one value for each of the `count` records: what the selector points at, or the whole answer of a record.

    Raises CountMismatch when the answer holds another number of records, ClientError when the selector finds nothing.
    """
    values = _all_values(answer, selector, count)
    if len(values) != count:
        raise CountMismatch(f"The model answered {len(values)} predictions for {count} records.")
    if any(value is None for value in values):
        raise ClientError(f"Nothing is found at {selector!r} in the model's answer.")
    return values


def _all_values(answer: Any, selector: str | int | None, count: int) -> list[Any]:
    if isinstance(answer, list) and answer and all(isinstance(row, list) for row in answer) and is_index(selector):
        return [_cell(row, int(str(selector))) for row in answer]
    if isinstance(answer, list) and not isinstance(selector, str):
        return [_only(value) for value in answer]
    if isinstance(answer, list):
        found = search(str(selector), answer)
        if isinstance(found, list) and len(found) == count:
            return found
        return [search(str(selector), value) for value in answer]
    found = search(str(selector), answer) if selector is not None else _only_list(answer, count)
    return found if isinstance(found, list) and (count != 1 or len(found) == 1) else [found]


def is_index(selector: str | int | None) -> bool:
    """Tell whether the selector counts cells rather than naming a member."""
    return isinstance(selector, int) or (isinstance(selector, str) and selector.isdigit())


def _cell(row: list[Any], index: int) -> Any:
    if index >= len(row):
        raise ClientError(f"Nothing is found at {index} in the model's answer, which has {len(row)} columns.")
    return _unpacked(row[index])


def _unpacked(cell: Any) -> Any:
    """A CSV cell may hold a list of labels or scores as JSON text."""
    if isinstance(cell, str) and cell.strip().startswith("["):
        try:
            return json.loads(cell.replace("'", '"'))
        except json.JSONDecodeError:
            return cell
    return cell


def _only(value: Any) -> Any:
    if isinstance(value, list):
        return _unpacked(value[0]) if len(value) == 1 else value
    if isinstance(value, dict) and len(value) == 1:
        return _only(next(iter(value.values())))
    return value


def _only_list(document: Any, count: int) -> Any:
    """Return the one list (or, for a single record, the one value) that a JSON answer without a selector holds."""
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if len(lists) == 1:
            return [_only(value) for value in lists[0]]
        if len(document) == 1 and count == 1:
            return _only(document)
        raise ClientError("The model's answer has several members; predictor.label or probability must select one.")
    return document


def scores(values: list[Any]) -> np.ndarray:
    """Return records x outputs as floats. Raises ClientError when a value is not a number."""
    rows = [value if isinstance(value, list) else [value] for value in values]
    if len({len(row) for row in rows}) != 1:
        raise ClientError("The model's answer does not have the same number of scores for every record.")
    try:
        return np.asarray(rows, dtype=float)
    except (TypeError, ValueError) as error:
        raise ClientError(
            f"{NOT_A_NUMBER} The model's answer is not a score: {error}. "
            "Check predictor.label, predictor.probability and predictor.accept_type."
        ) from error
