"""CSV files as a stream of frames, each parsed with the types that the frames before it taught.

Reading every cell as text and matching it would cost about three times the parse. So a block is parsed with the known
types at once, and only where the parser's idea of a number differs from Deequ's (`.5`, `5.`, `NaN`, blanks before a
sign), or the parse fails, the block is read again as text. A cheap scan of the bytes tells the first case.
"""

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from .choices import BLOCK_BYTES, FIRST_BLOCK_BYTES, RECORD_BYTES_MAX
from .input_files import open_file
from .literals import Kind
from .mistakes import ClientError

SCAN_BYTES = 2**18
DOT, BLANK, ZERO = 46, 32, 48
CELL_STARTS = np.frombuffer(b',\n" ', np.uint8)
DTYPES = {Kind.INTEGRAL: pl.Int64, Kind.FRACTIONAL: pl.Float64}


@dataclass
class ReadPlan:
    """What is known of the columns so far. The profiler widens it while the frames are being read."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    as_text: set[str] = field(default_factory=set)

    def dtype(self, name: str) -> type[pl.DataType]:
        """The type to parse a column with."""
        return pl.String if name in self.as_text else DTYPES.get(self.kinds.get(name, Kind.UNKNOWN), pl.String)


def read_csv(path: Path, header: bool, plan: ReadPlan, columns: list[str] | None) -> Iterator[pl.DataFrame]:
    """The rows of one file as frames of String, Int64 and Float64 columns.

    Without a header columns are `_c0`, `_c1`, ... as Spark names them. `columns` are the names of an earlier file."""
    with open_file(path) as file:
        blocks = _blocks(file, BLOCK_BYTES if columns else FIRST_BLOCK_BYTES)
        first = next(blocks, b"").removeprefix(b"\xef\xbb\xbf")
        if not first.strip():
            return
        names, rest = _names(path, first, header)
        names = names if header or not columns else _wider(columns, names)
        for block in _prepend(rest, blocks):
            if block and not block.isspace():
                yield _parse(path, block, names, plan)


def _names(path: Path, block: bytes, header: bool) -> tuple[list[str], bytes]:
    end = _record_end(block) if header else 0
    line = block[:end] if header else block[: _record_end(block)]
    row = next(csv.reader(io.StringIO(line.decode("utf-8", "replace"), newline="")), [])
    if not header:
        return [f"_c{index}" for index in range(len(row))], block
    names = [name.strip() for name in row]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ClientError(f"The header of {path.name} repeats the column names {', '.join(repeated)}.")
    return names, block[end:]


def _wider(known: list[str], names: list[str]) -> list[str]:
    return names if len(names) > len(known) else known


def _record_end(block: bytes) -> int:
    end = 0
    while True:
        end = block.find(b"\n", end) + 1
        if end == 0:
            return len(block)
        if block.count(b'"', 0, end) % 2 == 0:
            return end


def _prepend(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Pieces of whole records: each goes on to the next newline that is outside quotes."""
    while block := file.read(size):
        yield block + _to_record_end(file, block)
        size = BLOCK_BYTES


def _to_record_end(file: BinaryIO, block: bytes) -> bytes:
    quotes, lines, size = block.count(b'"'), [], 0
    if block.endswith(b"\n") and quotes % 2 == 0:
        return b""
    while line := file.readline():
        lines.append(line)
        quotes, size = quotes + line.count(b'"'), size + len(line)
        if quotes % 2 == 0 or size > RECORD_BYTES_MAX:
            break
    return b"".join(lines)


def _parse(path: Path, block: bytes, names: list[str], plan: ReadPlan) -> pl.DataFrame:
    schema = {name: plan.dtype(name) for name in names}
    if any(dtype != pl.String for dtype in schema.values()) and not _is_odd(block):
        try:
            frame = _read(block, schema)
        except pl.exceptions.ComputeError:
            frame = None  # A cell does not have its column's known type: the texts will tell which.
        if frame is not None and _is_finite(frame):
            return frame
    try:
        return _read(block, dict.fromkeys(names, pl.String))
    except pl.exceptions.PolarsError:
        return _read_leniently(path, block, names)


def _read_leniently(path: Path, block: bytes, names: list[str]) -> pl.DataFrame:
    """What the quick parser refuses, a quote inside a plain cell, is a character to the standard library's."""
    try:
        rows = [row for row in csv.reader(io.StringIO(block.decode("utf-8", "replace"), newline="")) if row]
    except csv.Error as error:
        raise ClientError(f"Unable to read {path.name} as CSV: {error}.") from error
    cells = itertools.zip_longest(*rows)
    columns = dict(zip(names, itertools.chain(cells, itertools.repeat([None] * len(rows))), strict=False))
    return pl.DataFrame([pl.Series(name, [cell or None for cell in columns[name]], pl.String) for name in names])


def _read(block: bytes, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.read_csv(
        block, has_header=False, schema=schema, truncate_ragged_lines=True, encoding="utf8-lossy", raise_if_empty=False
    )


def _is_finite(frame: pl.DataFrame) -> bool:
    floats = [name for name, dtype in frame.schema.items() if dtype == pl.Float64]
    return not floats or all(frame.select(pl.col(floats).is_finite().all()).row(0))


def _is_odd(block: bytes) -> bool:
    """Whether some dot has no digit beside it or some cell begins with a blank, in windows that fit the cache."""
    if block[:1] in b". " or block[-1:] == b".":
        return True
    data = np.frombuffer(block, np.uint8)
    has_blanks = b" " in block
    for start in range(0, len(data) - 1, SCAN_BYTES):
        window = data[start : start + SCAN_BYTES + 1]
        is_dot, is_digit = window == DOT, (window - ZERO) < 10
        if (is_dot[:-1] & ~is_digit[1:]).any() or (is_dot[1:] & ~is_digit[:-1]).any():
            return True
        if has_blanks and np.isin(window[np.flatnonzero(window[1:] == BLANK)], CELL_STARTS).any():
            return True
    return False
