"""From files of CSV, JSON Lines, JSON and Parquet to typed columns, with the reading rules pandas users expect."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from .errors import ClientError

# What a reader of CSV calls missing: https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html (na_values).
MISSING_TEXTS = frozenset(
    [
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
        *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    ]
)
TRUE_TEXTS = frozenset({"True", "TRUE", "true"})
FALSE_TEXTS = frozenset({"False", "FALSE", "false"})
HEADERS_MISMATCH = "Headers in config do not match with the number of columns in the dataset."


def data_files(place: Path) -> list[Path]:
    """Return every data file at or below `place`, sorted; markers such as `_SUCCESS` and hidden files are left out."""
    if place.is_file():
        return [place]
    found = [path for path in sorted(place.rglob("*")) if path.is_file() and path.name[0] not in "._"]
    if not found:
        raise ClientError(f"The input folder {place.name} holds no data file.")
    return found


def read_bytes(path: Path) -> bytes:
    """Return the file's content, decompressed when it is gzip."""
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def typed(series: pl.Series) -> pl.Series:
    """Return a column of texts as integers, numbers, booleans or texts: the narrowest type that every cell allows.

    Integers with a missing cell become numbers, as in pandas; the typing rules of the bias metrics depend on it.
    """
    texts = series.str.strip_chars()
    missing = texts.is_null() | texts.is_in(list(MISSING_TEXTS))
    present = texts.filter(~missing)
    cleaned = texts.set(missing, None)
    if present.is_empty():
        return cleaned.cast(pl.Float64)
    whole = cleaned.cast(pl.Int64, strict=False)
    if whole.null_count() == cleaned.null_count():
        return whole.cast(pl.Float64) if missing.any() else whole
    real = cleaned.cast(pl.Float64, strict=False)
    if real.null_count() == cleaned.null_count():
        return real
    if not missing.any() and set(present.unique()) <= TRUE_TEXTS | FALSE_TEXTS:
        return texts.is_in(list(TRUE_TEXTS))
    return series.set(missing, None)


def read_csv(files: list[Path], headers: list[str] | None, names_used: set[str]) -> pl.DataFrame:
    """Return the rows of all files as typed columns.

    `headers` names the columns when given. Otherwise the first row does, if it looks like a header (see
    `first_row_is_header`); otherwise the names are `column_0`, `column_1`, ...
    """
    parts = [_text_rows(path) for path in files]
    widths = {part.width for part in parts}
    if len(widths) > 1:
        raise ClientError("The files of the dataset do not have the same number of columns.")
    if headers is not None and len(headers) != parts[0].width:
        raise ClientError(f"{HEADERS_MISMATCH} Headers: {len(headers)}, columns: {parts[0].width}.")
    first = [str(cell or "").strip() for cell in parts[0].row(0)]
    has_header = first == headers if headers is not None else first_row_is_header(parts[0], names_used)
    names = headers or (first if has_header else [f"column_{index}" for index in range(parts[0].width)])
    if len(set(names)) != len(names):
        raise ClientError(f"Column names must be unique; the dataset has {names}.")
    bodies = [part[1:] if has_header and _same_row(part, first) else part for part in parts]
    rows = pl.concat([body.rename(dict(zip(body.columns, names, strict=True))) for body in bodies])
    if rows.is_empty():
        raise ClientError("The dataset holds a header but no rows.")
    return rows.select([typed(rows[name]) for name in names])


def first_row_is_header(rows: pl.DataFrame, names_used: set[str]) -> bool:
    """Tell whether the first row holds names: distinct texts above a column of numbers, or names the config uses."""
    first = [str(cell or "").strip() for cell in rows.row(0)]
    if len(set(first)) != len(first) or "" in first or any(_is_number(cell) for cell in first):
        return False
    if names_used & set(first):
        return True
    below = rows[1:]
    return any(typed(below[name]).dtype.is_numeric() for name in below.columns) if len(below) else False


def _text_rows(path: Path) -> pl.DataFrame:
    content = read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    try:
        return pl.read_csv(io.BytesIO(content), has_header=False, infer_schema=False, encoding="utf8-lossy")
    except pl.exceptions.NoDataError:
        raise ClientError(f"The file {path.name} is empty.") from None
    except pl.exceptions.ComputeError as error:
        raise ClientError(f"Unable to read {path.name} as CSV: {error}") from error


def _same_row(part: pl.DataFrame, names: list[str]) -> bool:
    return [str(cell or "").strip() for cell in part.row(0)] == names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_parquet(files: list[Path], headers: list[str] | None) -> pl.DataFrame:
    """Return the rows of all files; `headers` renames the columns when given."""
    try:
        rows = pl.concat([pl.read_parquet(path) for path in files], how="vertical_relaxed")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ClientError(f"Unable to read the dataset as Parquet: {error}") from error
    if headers is not None:
        if len(headers) != rows.width:
            raise ClientError(f"{HEADERS_MISMATCH} Headers: {len(headers)}, columns: {rows.width}.")
        rows.columns = headers
    return rows.select([_plain(rows[name]) for name in rows.columns])


def _plain(series: pl.Series) -> pl.Series:
    """Return the column in one of the four types the analyses know."""
    if series.dtype == pl.Boolean or series.dtype == pl.String:
        return series
    if series.dtype.is_integer():
        return series.cast(pl.Float64 if series.null_count() else pl.Int64)
    if series.dtype.is_numeric():
        return series.cast(pl.Float64)
    return series.cast(pl.String)


def read_json_documents(files: list[Path], lines: bool) -> list[Any]:
    """Return the parsed documents: one for each line when `lines`, else one for each file."""
    documents: list[Any] = []
    for path in files:
        text = read_bytes(path).decode("utf-8-sig")
        pieces = [line for line in text.splitlines() if line.strip()] if lines else [text]
        try:
            documents += [json.loads(piece) for piece in pieces]
        except json.JSONDecodeError as error:
            raise ClientError(f"Unable to read {path.name} as JSON{' Lines' if lines else ''}: {error}") from error
    if not documents:
        raise ClientError("The dataset holds no record.")
    return documents


def column(name: str, values: list[Any]) -> pl.Series:
    """Return a column of Python values from JSON in one of the four types; mixed values become texts."""
    present = [value for value in values if value is not None]
    kinds = {type(value) for value in present}
    if kinds == {bool} and len(present) == len(values):
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and len(present) == len(values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)
