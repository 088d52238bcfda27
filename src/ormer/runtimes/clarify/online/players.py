"""What a record's Shapley values are shared among: its features, and where texts are taken apart the units of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .records import TEXT, Cell
from .settings import Settings
from .units import Unit, with_units


@dataclass(frozen=True)
class Players:
    """One record's players, in the order of its features. units: those of each feature, None for one that is whole."""

    record: list[Cell]
    units: list[list[Unit] | None]

    @property
    def count(self) -> int:
        return sum(1 if units is None else len(units) for units in self.units)

    def synthetic(self, used: np.ndarray, baseline: Sequence[Cell]) -> list[Cell]:
        """The record with the baseline's cells in the place of players that are not used."""
        cells, at = [], 0
        for cell, units, instead in zip(self.record, self.units, baseline, strict=True):
            if units is None:
                cells.append(cell if used[at] else instead)
                at += 1
            else:
                cells.append(with_units(str(cell), units, used[at : at + len(units)].tolist(), str(instead)))
                at += len(units)
        return cells

    def shares(self, values: np.ndarray) -> list[np.ndarray]:
        """players x outputs, taken apart into one such array for each feature."""
        sizes = [1 if units is None else len(units) for units in self.units]
        return np.split(values, np.cumsum(sizes)[:-1])


def players_of(record: list[Cell], settings: Settings) -> Players:
    """A record's players."""
    take_apart = settings.units
    units = [
        take_apart(str(cell)) if take_apart is not None and kind == TEXT else None
        for cell, kind in zip(record, settings.kinds, strict=True)
    ]
    return Players(record, units)
