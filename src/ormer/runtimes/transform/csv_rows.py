"""One line of CSV as an array of cells, and back."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any, List

from ..toolkit.failures import UserError


def read_row(record: bytes) -> List[str]:
    """Returns the cells of one CSV line, as they stand there. Raises UserError when it is none."""
    try:
        return next(csv.reader((record.decode("utf-8"),)), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError("a record is no line of CSV: {}".format(error)) from error


def write_row(cells: Any) -> bytes:
    """Returns one CSV line without its line break; a single value is a row of one cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells if isinstance(cells, list) else [cells])
    return text.getvalue().encode("utf-8")


def allow_long_cells() -> None:
    """Lift the csv module's limit of 128 KB a cell, for this process: MaxPayloadInMB is the limit here."""
    csv.field_size_limit(sys.maxsize)
