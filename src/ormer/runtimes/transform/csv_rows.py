"""One line of CSV as an array of cells, and back."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any, List

from ..toolkit.failures import UserError

QUOTE, DELIMITER, BREAKS = '"', ",", ("\r", "\n")


def read_row(record: bytes) -> List[str]:
    """Returns the cells of one CSV line, as they stand there. Raises UserError when it is none."""
    try:
        text = record.decode("utf-8")
        if text and QUOTE not in text:
            return text.split(DELIMITER)
        return next(csv.reader((text,)), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError("a record is no line of CSV: {}".format(error)) from error


def write_row(cells: Any) -> bytes:
    """Returns one CSV line without its line break; a single value is a row of one cell."""
    row = cells if isinstance(cells, list) else [cells]
    text = DELIMITER.join(row)
    if not text or QUOTE in text or text.count(DELIMITER) >= len(row) or any(each in text for each in BREAKS):
        text = _quoted(row)
    return text.encode("utf-8")


def _quoted(row: List[str]) -> str:
    """A row with cells that need quotes, or with nothing in it that would show that it is one."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def allow_long_cells() -> None:
    """Lift the csv module's limit of 128 KB a cell, for this process: MaxPayloadInMB is the limit here."""
    csv.field_size_limit(sys.maxsize)
