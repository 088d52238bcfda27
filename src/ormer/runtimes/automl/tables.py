"""Tables from CSV and Parquet files, and cells as typed columns. Whatever is read is text until its column's type is
known.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, List, Sequence

import numpy as np
import pandas as pd

from .mistakes import ClientError

NUMERIC, CATEGORICAL, TEXT, DATETIME = "numeric", "categorical", "text", "datetime"
TYPES = (NUMERIC, CATEGORICAL, TEXT, DATETIME)
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"


def read_channel(folder: Path) -> pd.DataFrame:
    """Return all files below a folder as one table of texts; missing cells are NaN.

    CSV files have a header each and may be compressed by gzip. Raises ClientError for files that hold no table, or
    tables of different columns.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._")
    if not files:
        raise ClientError("The channel {} holds no data file.".format(folder.name))
    parts = [_read(path) for path in files]
    names = list(parts[0].columns)
    for path, part in zip(files, parts):
        if list(part.columns) != names:
            raise ClientError("{} has other columns than {}: {}.".format(path.name, files[0].name, list(part.columns)))
    return pd.concat(parts, ignore_index=True)


def read_rows(text: str, names: Sequence[str]) -> pd.DataFrame:
    """Return CSV lines without a header as a table of texts. A first line of the names themselves is left out.

    Raises ClientError for lines of another number of cells.
    """
    try:
        table = pd.read_csv(io.StringIO(text), header=None, dtype=str, skip_blank_lines=len(names) > 1)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ClientError("The rows are no CSV: {}".format(error)) from error
    if len(table.columns) != len(names):
        raise ClientError(
            "The rows have {} cells; the model takes {}: {}.".format(
                len(table.columns), len(names), ", ".join(map(str, names))
            )
        )
    table.columns = pd.Index(names)
    is_header = len(table) and [str(cell) for cell in table.iloc[0]] == list(names)
    return table.iloc[1:].reset_index(drop=True) if is_header else table


def numbers(column: pd.Series) -> pd.Series:
    """Return a column of texts as numbers, NaN where a cell is none."""
    return pd.to_numeric(column, errors="coerce").replace([np.inf, -np.inf], np.nan).astype(float)


def times(column: pd.Series) -> pd.Series:
    """Return a column of texts as times of UTC, NaT where a cell is none."""
    return pd.to_datetime(column, errors="coerce", format="mixed", utc=True)


def typed(table: pd.DataFrame, types: Sequence[str]) -> pd.DataFrame:
    """Return a table of texts with each column as its type says: floats, times, or texts (missing ones empty)."""
    columns = {}
    for position, kind in enumerate(types):
        column = table.iloc[:, position]
        if kind == NUMERIC:
            columns[position] = numbers(column)
        elif kind == DATETIME:
            columns[position] = times(column)
        else:
            columns[position] = column.fillna("").astype(str)
    return pd.DataFrame(columns)


def write_rows(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV without a header, each row on one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = table.apply(lambda column: column.str.replace(r"[\r\n]+", " ", regex=True))
    flat.to_csv(path, index=False, header=False)


def _read(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        start = file.read(4)
    try:
        if start == PARQUET:
            return _texts(pd.read_parquet(path))
        compression: Any = "gzip" if start[:2] == GZIP else None
        return pd.read_csv(path, dtype=str, compression=compression, encoding="utf-8-sig")
    except (ValueError, OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ClientError("{} cannot be read as a table: {}".format(path.name, error)) from error


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    """A table of Parquet's own types as texts, whole numbers without a point."""
    found: List[pd.Series] = []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_integer_dtype(column.dtype):
            column = column.astype("Int64")
        found.append(column.astype("string").astype(object).where(column.notna(), np.nan).rename(str(name)))
    return pd.concat(found, axis=1)
