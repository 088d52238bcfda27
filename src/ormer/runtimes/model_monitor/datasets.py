"""The input directory as a stream of frames, whatever its files are written in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from .captures import Window, read_record, record_rows
from .choices import FRAME_ROWS
from .csv_blocks import ReadPlan, read_csv
from .input_files import find_files, open_file
from .mistakes import ClientError
from .payloads import Row, flatten, parse_json
from .scripts import inference_record, load_preprocessor
from .settings import DatasetFormat, Settings


@dataclass
class Dataset:
    """Files and how to read them. `by_place` says that column names are ours, so a baseline is matched by position.

    window: captured records of other times are left out."""

    files: list[Path]
    form: DatasetFormat
    preprocessor: Path | None = None
    window: Window = field(default_factory=Window)
    processed: list[pl.DataFrame] = field(default_factory=list)

    @property
    def by_place(self) -> bool:
        """Whether a baseline's columns are matched by position where no name agrees."""
        return (
            self.form.is_capture or self.preprocessor is not None or (self.form.name == "csv" and not self.form.header)
        )

    def frames(self, plan: ReadPlan) -> Iterator[pl.DataFrame]:
        """The rows, as frames of String, Int64 and Float64 columns. May be read again; a script sees a record once."""
        if self.preprocessor is not None:
            if not self.processed:
                self.processed.extend(_to_frames(self._processed_rows(self.preprocessor)))
            return iter(self.processed)
        if self.form.name == "csv":
            return self._csv_frames(plan)
        if self.form.name == "parquet":
            return (frame for file in self.files for frame in _parquet_frames(file))
        return _to_frames(self._rows())

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Each non-empty line with a name for errors."""
        for file in self.files:
            with open_file(file) as stream:
                for number, line in enumerate(stream, 1):
                    if line.strip():
                        yield f"Line {number} of {file.name}", line

    def records(self) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        """Each data capture record of the window with its line and a name for errors."""
        for where, line in self.lines():
            record = read_record(line, where)
            if self.window.holds(record, where):
                yield where, line, record

    def _csv_frames(self, plan: ReadPlan) -> Iterator[pl.DataFrame]:
        columns: list[str] | None = None
        for file in self.files:
            for frame in read_csv(file, self.form.header, plan, columns):
                columns = frame.columns
                yield frame

    def _rows(self) -> Iterator[Row]:
        if self.form.is_capture:
            for _, _, record in self.records():
                yield from record_rows(record, self.form)
        else:
            yield from _json_rows(self)

    def _processed_rows(self, script: Path) -> Iterator[Row]:
        handle = load_preprocessor(script)
        if self.form.name == "parquet":
            raise ClientError("A record preprocessor script reads lines; the parquet format has none.")
        if self.form.is_capture:
            for _, line, _ in self.records():
                # JSON's own numbers, as scripts expect them.
                yield from handle(inference_record(json.loads(line)))
            return
        for where, line in self.lines():
            if not (self.form.name == "csv" and self.form.header and where.startswith("Line 1 of")):
                yield from handle(line.decode("utf-8", "replace").rstrip("\r\n"))


def open_dataset(settings: Settings) -> Dataset:
    """The data set of a run. Raises ClientError when there is no file to read."""
    return Dataset(
        find_files(settings.dataset_source),
        settings.dataset_format,
        settings.record_preprocessor_script,
        Window.between(settings.start_time, settings.end_time),
    )


def _json_rows(dataset: Dataset) -> Iterator[Row]:
    if dataset.form.lines:
        for where, line in dataset.lines():
            yield _json_row(where, line)
        return
    for file in dataset.files:
        try:
            with open_file(file) as stream:
                document = parse_json(stream.read())
        except ValueError as error:
            raise ClientError(f"{file.name} is not a JSON document: {error}.") from error
        for record in document if isinstance(document, list) else [document]:
            yield flatten(record if isinstance(record, dict) else {"_c0": record})


def _json_row(where: str, line: bytes) -> Row:
    try:
        record = parse_json(line)
    except ValueError as error:
        raise ClientError(f"{where} is not a line of JSON: {error}.") from error
    if isinstance(record, list):
        return {f"_c{index}": cell for index, cell in enumerate(flatten(record).values())}
    if not isinstance(record, dict):
        raise ClientError(f"{where} holds {record!r}; a line of a data set must be a JSON object.")
    return flatten(record)


def _to_frames(rows: Iterator[Row]) -> Iterator[pl.DataFrame]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == FRAME_ROWS:
            yield _frame(batch)
            batch = []
    if batch:
        yield _frame(batch)


def _frame(rows: list[Row]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([pl.Series(name, [row.get(name) for row in rows], pl.String) for name in names])


def _parquet_frames(file: Path) -> Iterator[pl.DataFrame]:
    try:
        scan = pl.scan_parquet(file)
        height = scan.select(pl.len()).collect().item()
        for start in range(0, height, FRAME_ROWS * 4):
            frame = scan.slice(start, FRAME_ROWS * 4).collect()
            yield frame.select(_plain(frame[name], file) for name in frame.columns)
    except pl.exceptions.ComputeError as error:
        raise ClientError(f"Unable to read {file.name} as parquet: {error}") from error


def _plain(column: pl.Series, file: Path) -> pl.Series:
    if column.dtype.is_nested():
        raise ClientError(f"The column {column.name} of {file.name} is nested; the analyzer reads flat tables.")
    if column.dtype.is_integer() and column.dtype not in (pl.UInt64, pl.Int128):
        return column.cast(pl.Int64)
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).fill_nan(None)
    return column.cast(pl.String)
