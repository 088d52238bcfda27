"""Columns of eight-byte values that stay in memory while they fit and go to disk beyond."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np

from .choices import READ_VALUES, RESIDENT_BYTES, SORTED_VALUES


@dataclass
class Storage:
    """The memory that all columns share and the folder that takes the rest. Leaving the context removes the folder."""

    resident_bytes: int = 0
    files: int = 0
    folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Storage":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.folder is not None:
            self.folder.cleanup()

    def start_over(self) -> None:
        """Forget what is held: the stores filled so far are given up."""
        self.resident_bytes = 0

    def has_room(self, size: int) -> bool:
        """Whether `size` further bytes may stay in memory; counts them when they may."""
        if self.resident_bytes + size > RESIDENT_BYTES:
            return False
        self.resident_bytes += size
        return True

    def new_file(self) -> Path:
        """A path of our own for one column."""
        self.folder = self.folder or tempfile.TemporaryDirectory(prefix="model-monitor-")
        self.files += 1
        return Path(self.folder.name) / f"{self.files}.bin"


@dataclass
class ValueStore:
    """The values of one column in the order they came: float64, or uint64 hashes."""

    storage: Storage
    dtype: type[np.generic]
    resident: list[np.ndarray] = field(default_factory=list)
    path: Path | None = None
    count: int = 0

    def append(self, values: np.ndarray) -> None:
        """Add values at the end."""
        self.count += len(values)
        if self.path is None and self.storage.has_room(values.nbytes):
            self.resident.append(values)
            return
        self.path = self.path or self.storage.new_file()
        with self.path.open("ab") as file:
            values.tofile(file)

    def first(self, count: int) -> np.ndarray:
        """The first `count` values in row order; `count` is at most what is read at once."""
        found: list[np.ndarray] = []
        for values in self._arrays():
            found.append(values[:count])
            if sum(map(len, found)) >= count:
                break
        return np.concatenate([*found, np.empty(0, self.dtype)])[:count]

    def pieces(self) -> Iterator[np.ndarray]:
        """All values in order, at most SORTED_VALUES at once, in one array of ours that the next piece overwrites."""
        room = np.empty(min(self.count, SORTED_VALUES), self.dtype)
        filled = 0
        for values in self._arrays():
            while len(values):
                taken = values[: len(room) - filled]
                room[filled : filled + len(taken)] = taken
                filled, values = filled + len(taken), values[len(taken) :]
                if filled == len(room):
                    yield room
                    filled = 0
        if filled:
            yield room[:filled]

    def _arrays(self) -> Iterator[np.ndarray]:
        yield from self.resident
        if self.path is not None:
            with self.path.open("rb") as file:
                while len(values := np.fromfile(file, self.dtype, READ_VALUES)):
                    yield values
