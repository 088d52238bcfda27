"""Quantile sketches in the schema of Deequ's KLL sketch: `data[level]` holds items of weight 2**level.

Ours are not random: sorted values are cut into blocks of 2**level and each block is stood for by its middle, so a rank
is off by at most half a block and equal data give equal files.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .choices import SKETCH_SHRINKING, SKETCH_SIZE


@dataclass(frozen=True)
class Sketch:
    """Levels of items; the weight of an item is two to the power of its level."""

    levels: list[np.ndarray]

    @property
    def count(self) -> int:
        """How many values the sketch stands for."""
        return sum(len(items) << level for level, items in enumerate(self.levels))

    def document(self) -> dict[str, Any]:
        """The `sketch` member of a statistics file."""
        data = [items.tolist() for items in self.levels]
        return {"parameters": {"c": SKETCH_SHRINKING, "k": float(SKETCH_SIZE)}, "data": data}

    def weighted(self) -> tuple[np.ndarray, np.ndarray]:
        """Items in rising order with the number of values each stands for."""
        items = np.concatenate([*self.levels, np.empty(0)])
        weights = np.repeat(2.0 ** np.arange(len(self.levels)), [len(level) for level in self.levels])
        order = np.argsort(items, kind="stable")
        return items[order], weights[order]


def read_sketch(document: dict[str, Any]) -> Sketch:
    """A sketch of a statistics file, AWS's or ours."""
    return Sketch([np.asarray(items, np.float64) for items in document.get("data") or [[]]])


def small_sketch(values: np.ndarray) -> Sketch:
    """All values as they came, as Deequ keeps up to its sketch size."""
    return Sketch([values])


def sketch_sorted(pieces: Iterable[np.ndarray], count: int) -> Sketch:
    """A sketch of at most SKETCH_SIZE items on the top level, from sorted pieces of `count` values in all."""
    level = 0
    while count >> level > SKETCH_SIZE:
        level += 1
    levels: list[list[np.ndarray]] = [[] for _ in range(level + 1)]
    for values in pieces:
        for depth, items in enumerate(_blocks(values, level)):
            levels[depth].append(items)
    return Sketch([np.concatenate(items) if items else np.empty(0) for items in levels])


def _blocks(values: np.ndarray, level: int) -> list[np.ndarray]:
    """The items of each level, as arrays of their own: the values may be overwritten afterwards."""
    whole = (len(values) >> level) << level
    half = (1 << level) >> 1
    taken = [np.empty(0)] * level + [values[half : whole : 1 << level].copy() if whole else np.empty(0)]
    start = whole
    for depth in range(level - 1, -1, -1):
        size = 1 << depth
        if (len(values) - whole) & size:
            taken[depth] = values[start + (size >> 1) :][:1].copy()
            start += size
    return taken
