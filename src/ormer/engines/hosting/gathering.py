"""Captured records on their way from the lane's loop to the thread that writes them.

The loop makes lines itself, of some dozens of records at a time: then what a request has just left in the processor's
caches is still there, and its memory serves the next ones. The same work in the thread, thousands of records later,
costs more, and the two would wait for each other. Records with long bodies are left to the thread, so that nobody waits
for them.
"""

from __future__ import annotations

import mmap
import threading
from collections import deque
from typing import NamedTuple

from ormer.engines.hosting.capture_lines import Record, lines_of
from ormer.engines.hosting.routes import Capture, Route

# How many records make a batch, and up to how many bytes of theirs the loop makes lines of.
BATCH = 256
LOOP_BYTES_MAX = 256 << 10
# What of the lines waits in memory that is used again and again: new memory costs as much as making the lines.
BUFFER_BYTES = 8 << 20
HOUR_SECONDS = 3600
# What may share a spool: an endpoint's variant, a destination, and an hour.
Group = tuple[str, str, str, int]


class Piece(NamedTuple):
    """Lines that go to one spool. first: one of their records. records: how many there are."""

    group: Group
    first: Record
    lines: bytes | memoryview
    records: int


class Gathering:
    """What waits for the disk. `add` is for the lane's loop only, `take` for one thread at a time.

    waiting_bytes: of bodies, for the bound of what may wait.
    """

    def __init__(self) -> None:
        self._records: deque[Record] = deque()
        self._batches: list[tuple[list[Piece], list[Record]]] = []
        # Held for moments only: whoever makes records into a batch keeps their order.
        self._lock = threading.Lock()
        # Two by turns: one is filled while the other is written. What is never used of them takes no memory.
        self._buffers = [memoryview(mmap.mmap(-1, BUFFER_BYTES)) for _ in range(2)]
        self._filled = 0
        # Counted by the loop and by whoever takes, each its own, so that nobody needs a lock.
        self._added_bytes = self._batched_bytes = self._taken_bytes = 0

    def __len__(self) -> int:
        """How many batches and single records wait."""
        return len(self._records) + len(self._batches)

    @property
    def waiting_bytes(self) -> int:
        return self._added_bytes - self._taken_bytes

    def add(self, record: Record, size: int, bytes_max: int) -> bool:
        """Gather a record; False when more than bytes_max would wait then. size: bytes of its bodies."""
        added = self._added_bytes + size
        if added - self._taken_bytes > bytes_max:
            return False
        self._added_bytes = added
        records = self._records
        records.append(record)
        if len(records) >= BATCH:
            self._batch()
        return True

    def take(self) -> list[Piece]:
        """Everything that waits, in the order it came. Lines are good until the next call."""
        with self._lock:
            self._buffers.reverse()
            self._filled = 0
            batches, self._batches = self._batches, []
            rest = self._popped()
            rest_bytes = sum([len(record.asked.body) + len(record.output) for record in rest])
            self._batched_bytes += rest_bytes
            self._taken_bytes = self._batched_bytes
        taken: list[Piece] = []
        for pieces, records in [*batches, ([], rest)]:
            taken += pieces or pieces_of(records)
        return taken

    def _batch(self) -> None:
        with self._lock:
            records, size = self._popped(), self._added_bytes - self._batched_bytes
            self._batched_bytes += size
            if size <= LOOP_BYTES_MAX:
                self._batches.append(([self._kept(piece) for piece in pieces_of(records)], []))
            else:
                self._batches.append(([], records))

    def _kept(self, piece: Piece) -> Piece:
        """The piece with its lines in the buffer, as far as there is room."""
        start, end = self._filled, self._filled + len(piece.lines)
        if end > BUFFER_BYTES:
            return piece
        lines = self._buffers[0][start:end]
        lines[:] = piece.lines
        self._filled = end
        return piece._replace(lines=lines)

    def _popped(self) -> list[Record]:
        return [self._records.popleft() for _ in range(len(self._records))]


def pieces_of(records: list[Record]) -> list[Piece]:
    """The lines of records, by what may share a spool."""
    groups: dict[Group, list[Record]] = {}
    last: tuple[Route, Capture, str] | None = None
    hour_end, group = 0.0, list[Record]()
    for record in records:
        kind = (record.route, record.capture, record.variant)
        # Most follow one of their own kind.
        if kind != last or not hour_end - HOUR_SECONDS <= record.moment < hour_end:
            last, hour = kind, int(record.moment) // HOUR_SECONDS
            hour_end = float((hour + 1) * HOUR_SECONDS)
            group = groups.setdefault((record.route.arn, record.variant, record.capture.destination_uri, hour), [])
        group.append(record)
    return [Piece(key, own[0], lines_of(own), len(own)) for key, own in groups.items()]
