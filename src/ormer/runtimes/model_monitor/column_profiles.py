"""One column's counts, gathered frame by frame and summed up at the end."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from .choices import BUCKETS, DISTINCT_HASHES, READ_VALUES, SKETCH_SIZE, SORTED_VALUES, TRACKED_TEXTS
from .literals import Kind, Literals, to_numbers, to_texts
from .sketches import Sketch, sketch_sorted, small_sketch
from .value_stores import Storage, ValueStore


@dataclass(frozen=True)
class NumberSummary:
    """What a statistics file says of a numeric column; `buckets` are (lower, upper, count)."""

    count: int
    total: float
    mean: float
    std_dev: float
    minimum: float
    maximum: float
    distinct: int
    buckets: list[tuple[float, float, int]]
    sketch: Sketch


@dataclass
class ColumnProfile:
    """A column while frames are added. `domain` are the baseline's allowed texts, None when it names none."""

    name: str
    storage: Storage
    domain: list[str] | None = None
    kind: Kind = Kind.UNKNOWN
    literals: Literals = field(default_factory=Literals)
    present: int = 0
    in_domain: int = 0
    texts: dict[str, int] | None = field(default_factory=dict)
    values: ValueStore | None = None

    def add(self, cells: pl.Series) -> None:
        """Count the cells of a further frame; `kind` must already be right for them."""
        if self.kind.is_number:
            self._add_numbers(to_numbers(cells))
        elif self.kind == Kind.STRING:
            self._add_texts(to_texts(cells))

    def _add_numbers(self, numbers: pl.Series) -> None:
        self.values = self.values or ValueStore(self.storage, np.float64)
        self.values.append(numbers.to_numpy())
        self.present += len(numbers)

    def _add_texts(self, texts: pl.Series) -> None:
        self.values = self.values or ValueStore(self.storage, np.uint64)
        self.values.append(texts.hash().to_numpy())
        self.present += len(texts)
        if self.domain is not None:
            self.in_domain += int(texts.is_in(self.domain).sum())
        if self.texts is not None:
            self._count_texts(texts)

    def _count_texts(self, texts: pl.Series) -> None:
        counted = texts.alias("value").value_counts(name="count")
        if self.texts is None or len(self.texts) + len(counted) > 2 * TRACKED_TEXTS:
            self.texts = None
            return
        for text, count in counted.iter_rows():
            self.texts[text] = self.texts.get(text, 0) + count
        if len(self.texts) > TRACKED_TEXTS:
            self.texts = None

    def distinct_texts(self) -> int:
        """How many different texts there are: exact unless more than SORTED_VALUES rows had to be hashed."""
        if self.texts is not None:
            return len(self.texts)
        return _distinct(self.values) if self.values is not None else 0

    def summary(self) -> NumberSummary | None:
        """The numeric summary, None when there is no number."""
        return _summarize(self.values) if self.values is not None and self.values.count else None


def _summarize(values: ValueStore) -> NumberSummary:
    gathered = _Gathered(*_range(values))
    level_pieces = gathered.sorted_pieces(values)
    if values.count <= SKETCH_SIZE:
        list(level_pieces)
        sketch = small_sketch(values.first(SKETCH_SIZE))
    else:
        sketch = sketch_sorted(level_pieces, values.count)
    edges = [*gathered.edges, gathered.maximum]
    counts = gathered.bucket_counts.tolist()
    return NumberSummary(
        count=values.count,
        total=gathered.total,
        mean=gathered.mean,
        std_dev=math.sqrt(gathered.squares / values.count),
        minimum=gathered.minimum,
        maximum=gathered.maximum,
        distinct=gathered.distinct if values.count <= SORTED_VALUES else _distinct(values),
        buckets=[(edges[i], edges[i + 1], counts[i]) for i in range(BUCKETS)],
        sketch=sketch,
    )


def _range(values: ValueStore) -> tuple[float, float]:
    ends = [(float(piece.min()), float(piece.max())) for piece in values.pieces()]
    return min(low for low, _ in ends), max(high for _, high in ends)


class _Gathered:
    """Sums over sorted pieces: adding up in rising order makes them independent of the order of rows and files."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum
        width = maximum - minimum
        self.edges = [minimum + width * i / BUCKETS if math.isfinite(width) else minimum for i in range(BUCKETS)]
        self.bucket_counts = np.zeros(BUCKETS, np.int64)
        self.count = self.distinct = 0
        self.total = self.mean = self.squares = 0.0

    def sorted_pieces(self, values: ValueStore) -> Iterator[np.ndarray]:
        for piece in values.pieces():
            piece.sort()
            self._add(piece)
            yield piece

    def _add(self, piece: np.ndarray) -> None:
        starts = np.searchsorted(piece, self.edges, side="left")
        self.bucket_counts += np.diff(starts, append=len(piece))
        self.distinct += _steps(piece)
        total, count = float(piece.sum()), len(piece)
        mean = total / count
        delta, both = mean - self.mean, self.count + count
        self.squares += _squares(piece, mean) + delta * delta * self.count * count / both
        self.total += total
        self.count = both
        self.mean = self.total / both


def _distinct(values: ValueStore) -> int:
    """Exact for one piece; beyond, from the smallest hashes (k minimum values)."""
    if values.count <= SORTED_VALUES:
        piece = next(values.pieces(), np.empty(0, values.dtype))
        piece.sort()
        return _steps(piece)
    least = np.empty(0, np.uint64)
    for piece in values.pieces():
        hashes = np.unique(_mix(piece.view(np.uint64)))[:DISTINCT_HASHES]
        least = np.unique(np.concatenate([least, hashes]))[:DISTINCT_HASHES]
    if len(least) < DISTINCT_HASHES:
        return len(least)
    return round((DISTINCT_HASHES - 1) / (float(least[-1]) / 2.0**64))


def _squares(piece: np.ndarray, mean: float) -> float:
    """The sum of squared differences from the mean, a part at a time, so that no copy of the piece is made."""
    parts = (piece[start : start + READ_VALUES] - mean for start in range(0, len(piece), READ_VALUES))
    return math.fsum(float(np.square(part, out=part).sum()) for part in parts)


def _steps(piece: np.ndarray) -> int:
    """How many different values a sorted piece holds."""
    return int(np.count_nonzero(piece[1:] != piece[:-1])) + bool(len(piece))


def _mix(bits: np.ndarray) -> np.ndarray:
    """Spread the bits evenly (the finisher of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = bits ^ (bits >> np.uint64(31))
    return mixed
