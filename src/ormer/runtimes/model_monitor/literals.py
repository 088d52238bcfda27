"""The type of a column by the text of its cells: Deequ's rules.

https://github.com/awslabs/deequ/blob/master/src/main/scala/com/amazon/deequ/analyzers/catalyst/StatefulDataType.scala
"""

from dataclasses import dataclass
from enum import IntEnum

import polars as pl

INTEGRAL = r"^[-+]? ?[0-9]+$"
NUMBER = r"^[-+]? ?[0-9]+((\.[0-9]+)?|(\.[0-9]+)?[Ee][-+]?[0-9]+)$"


class Kind(IntEnum):
    """What a column holds; the order is how widely it reaches, so that the widest of two kinds is their maximum."""

    UNKNOWN = 0
    INTEGRAL = 1
    FRACTIONAL = 2
    STRING = 3

    @property
    def inferred_type(self) -> str:
        """The word statistics and constraints use."""
        return self.name.capitalize()

    @property
    def is_number(self) -> bool:
        """Whether cells of this kind are read as numbers."""
        return self in (Kind.INTEGRAL, Kind.FRACTIONAL)


@dataclass
class Literals:
    """How many cells are of which form; missing cells are in none. Booleans count as text: AWS has no type for them."""

    integral: int = 0
    fractional: int = 0
    text: int = 0

    @property
    def kind(self) -> Kind:
        """One text cell makes a column text, one fraction makes it fractional."""
        if self.text:
            return Kind.STRING
        if self.fractional:
            return Kind.FRACTIONAL
        return Kind.INTEGRAL if self.integral else Kind.UNKNOWN

    def add(self, other: "Literals") -> None:
        """Count the cells of a further piece of the same column."""
        self.integral += other.integral
        self.fractional += other.fractional
        self.text += other.text


def classify(cells: pl.Series) -> Literals:
    """Count the forms in one piece of a column: text is read, numeric pieces are what their type says."""
    present = len(cells) - cells.null_count()
    if cells.dtype == pl.Int64:
        return Literals(integral=present)
    if cells.dtype == pl.Float64:
        return Literals(fractional=present)
    integral = int(cells.str.contains(INTEGRAL).sum() or 0)
    if integral == present:
        return Literals(integral=integral)
    numbers = int(cells.str.contains(NUMBER).sum() or 0)
    return Literals(integral=integral, fractional=numbers - integral, text=present - numbers)


def to_numbers(cells: pl.Series) -> pl.Series:
    """The finite numbers of a column, in row order, without missing cells: float64."""
    if cells.dtype == pl.String:
        cells = cells.str.replace_all(" ", "", literal=True).cast(pl.Float64, strict=False)
    numbers = cells.cast(pl.Float64).drop_nulls()
    finite = numbers.is_finite()
    return numbers if finite.all() else numbers.filter(finite)


def to_texts(cells: pl.Series) -> pl.Series:
    """The present cells of a column as text."""
    return cells.cast(pl.String).drop_nulls()
