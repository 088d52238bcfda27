"""Which rows are positive, and which belong to a facet: the typing rules that decide between values and thresholds.

The rules follow the open source Clarify library (https://github.com/aws/amazon-sagemaker-clarify), whose reports
AWS's own results agree with to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from .errors import ClientError

# Integers with fewer distinct values than this fraction of the rows are categories (library constant).
UNIQUENESS_THRESHOLD = 0.05
NO_POSITIVE_VALUES = "Positive label values or thresholds are empty for Label column"
NO_THRESHOLD = "Threshold values must be provided for continuous features"
NO_PREDICTED_POSITIVES = (
    "No Label values are present in the predicted Label Column,"
    "Positive Predicted Index Series contains all False values"
)
OTHER_TYPE = "Predicted Label Column series datatype is not the same as Label Column series"
NOT_A_THRESHOLD = "Facet/label value provided must be a single numeric threshold for continuous data"


@dataclass(frozen=True)
class Selection:
    """shown: how reports name the selection; mask: which rows are in it."""

    shown: str
    mask: np.ndarray


def is_continuous(series: pl.Series, values: list[Any] | None) -> bool:
    """Tell whether the column is compared with a threshold rather than with values."""
    if values and len(values) > 1:
        return False
    if series.dtype.is_float():
        return True
    unique = series.drop_nulls().n_unique() / max(1, len(series) - series.null_count())
    if series.dtype.is_integer():
        return unique >= UNIQUENESS_THRESHOLD
    if series.dtype == pl.String:
        return _all_whole(series) and unique >= UNIQUENESS_THRESHOLD
    return False


def _all_whole(series: pl.Series) -> bool:
    return series.null_count() == 0 and series.str.strip_chars().cast(pl.Int64, strict=False).null_count() == 0


def numbers(series: pl.Series) -> np.ndarray:
    """Return the column as floats, missing cells as NaN. Raises "Could not convert string to float."."""
    try:
        return series.cast(pl.Float64).to_numpy().astype(float)
    except pl.exceptions.InvalidOperationError as error:
        raise ClientError(f"Could not convert string to float. Column {series.name}: {error}") from error


def facet_selections(series: pl.Series, values: list[Any] | None) -> list[Selection]:
    """Return the selections to report on: one for the given values or threshold, else one for each distinct value."""
    if is_continuous(series, values):
        return [_above(series, values)]
    chosen = [values] if values else [[value] for value in series.unique(maintain_order=True).to_list()]
    return [Selection(",".join(map(_shown, some)), equal_to_any(series, some)) for some in chosen]


def _shown(value: Any) -> str:
    """A missing cell is a value of its own, of which no cell is an instance: the library's reports say nan."""
    return "nan" if value is None else str(value)


def positive_labels(series: pl.Series, values: list[Any] | None) -> Selection:
    """Return the rows whose label is positive."""
    if not values:
        raise ClientError(NO_POSITIVE_VALUES)
    if is_continuous(series, values):
        return _above(series, values)
    return Selection(",".join(map(str, values)), equal_to_any(series, values))


def positive_predictions(predicted: pl.Series, label: pl.Series, values: list[Any] | None) -> np.ndarray:
    """Return which predictions are positive. Raises ClientError when none is, or the two columns' types differ."""
    if not values:
        raise ClientError(NO_POSITIVE_VALUES)
    continuous = is_continuous(label, values)
    if is_continuous(predicted, values) != continuous:
        raise ClientError(OTHER_TYPE)
    if continuous:
        both = np.concatenate([numbers(label), numbers(predicted)])
        mask = _inside(numbers(predicted), _breaks(both, _thresholds(values), _is_whole(label, predicted)))
    else:
        mask = equal_to_any(predicted, values)
    if not mask.any():
        raise ClientError(NO_PREDICTED_POSITIVES)
    return mask


def _above(series: pl.Series, values: list[Any] | None) -> Selection:
    cells = numbers(series)
    breaks = _breaks(cells, _thresholds(values), _is_whole(series))
    shown = ",".join(f"({low}, {high}]" for low, high in pairwise(breaks))
    return Selection(shown, _inside(cells, breaks))


def _is_whole(*columns: pl.Series) -> bool:
    return all(series.dtype.is_integer() or series.dtype == pl.String for series in columns)


def _thresholds(values: list[Any] | None) -> list[float]:
    if not values:
        raise ClientError(NO_THRESHOLD)
    if isinstance(values[0], int | float):
        return [int(value) if isinstance(value, bool) else value for value in values]
    try:
        return [float(values[0]), *values[1:]]
    except ValueError:
        raise ClientError(NOT_A_THRESHOLD) from None


def _breaks(cells: np.ndarray, thresholds: list[float], whole: bool) -> list[float]:
    """Return the ends of the intervals (t, largest cell]; whole numbers stay whole only when all ends are."""
    largest = float(np.nanmax(cells)) if len(cells) else float("nan")
    ends: list[float] = list(thresholds)
    if abs(largest) not in thresholds:
        ends.append(int(largest) if whole else largest)
    ends.sort()
    return ends if all(isinstance(end, int) for end in ends) else [float(end) for end in ends]


def _inside(cells: np.ndarray, breaks: list[float]) -> np.ndarray:
    mask = np.zeros(len(cells), dtype=bool)
    for low, high in pairwise(breaks):
        mask |= (cells > low) & (cells <= high)
    return mask


def equal_to_any(series: pl.Series, values: list[Any]) -> np.ndarray:
    """Return which cells equal one of the values; when none does, the values are first taken as the column's type."""
    mask = _equal(series, values)
    return mask if mask.any() else _equal(series, _as_column_type(series, values))


def _equal(series: pl.Series, values: list[Any]) -> np.ndarray:
    if series.dtype == pl.String:
        texts = [value for value in values if isinstance(value, str)]
        return series.is_in(texts).fill_null(False).to_numpy()
    cells = series.cast(pl.Float64).to_numpy()
    wanted = [float(value) for value in values if isinstance(value, bool | int | float)]
    return np.isin(cells, wanted)


def _as_column_type(series: pl.Series, values: list[Any]) -> list[Any]:
    if series.dtype == pl.String:
        return values if isinstance(values[0], str) else [str(value) for value in values]
    if series.dtype == pl.Boolean:
        return [_truth(value) for value in values]
    try:
        return [float(value) for value in values]
    except ValueError:
        return values


def _truth(value: Any) -> bool:
    return value.lower() == "true" if isinstance(value, str) and value.isalpha() else bool(value)
