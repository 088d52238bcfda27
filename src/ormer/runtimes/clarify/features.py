"""The model's features as one matrix of numbers, where texts are codes, and the way back to records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from .errors import ClientError

NUMBER, INTEGER, BOOLEAN, TEXT = "number", "integer", "boolean", "text"


@dataclass(frozen=True)
class FeatureCoding:
    """names and kinds of the features, in order; texts: for each text feature the values that its codes stand for."""

    names: list[str]
    kinds: list[str]
    texts: dict[str, list[str]]

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return rows x features as floats; a missing cell is NaN. Raises ClientError for a text among numbers."""
        return np.column_stack([self._codes(name, kind, rows[name]) for name, kind in self._columns()])

    def decode(self, matrix: np.ndarray) -> pl.DataFrame:
        """Return the records that the matrix stands for, typed as in the dataset."""
        return pl.DataFrame(
            [self._cells(name, kind, matrix[:, index]) for index, (name, kind) in enumerate(self._columns())]
        )

    def is_text(self, name: str) -> bool:
        return self.kinds[self.names.index(name)] == TEXT

    def is_categorical(self, name: str) -> bool:
        return self.kinds[self.names.index(name)] in (TEXT, BOOLEAN)

    def _columns(self) -> list[tuple[str, str]]:
        return list(zip(self.names, self.kinds, strict=True))

    def _codes(self, name: str, kind: str, series: pl.Series) -> np.ndarray:
        if kind == TEXT:
            codes = {text: float(code) for code, text in enumerate(self.texts[name])}
            return series.cast(pl.String).replace_strict(codes, default=None, return_dtype=pl.Float64).to_numpy()
        try:
            return series.cast(pl.Float64).to_numpy()
        except pl.exceptions.InvalidOperationError as error:
            raise ClientError(f"Could not convert string to float. Feature {name}: {error}") from error

    def _cells(self, name: str, kind: str, cells: np.ndarray) -> pl.Series:
        series = pl.Series(name, cells, nan_to_null=True)
        if kind == TEXT:
            texts = pl.Series(self.texts[name], dtype=pl.String)
            return texts.gather(series.cast(pl.UInt32)).alias(name)
        if kind == BOOLEAN:
            return series.cast(pl.Boolean)
        return series.cast(pl.Int64) if kind == INTEGER and np.all(cells == np.floor(cells)) else series


def coding_for(rows: pl.DataFrame, *others: pl.DataFrame) -> FeatureCoding:
    """Return the coding of the rows' columns; texts of `others` (a baseline with the same columns) have codes too."""
    texts = {}
    for name in rows.columns:
        if rows[name].dtype == pl.String:
            values = pl.concat([table[name].cast(pl.String) for table in (rows, *others)])
            texts[name] = values.drop_nulls().unique().sort().to_list()
    return FeatureCoding(rows.columns, [_kind(rows[name].dtype) for name in rows.columns], texts)


def _kind(dtype: Any) -> str:
    if dtype == pl.String:
        return TEXT
    if dtype == pl.Boolean:
        return BOOLEAN
    return INTEGER if dtype.is_integer() else NUMBER
