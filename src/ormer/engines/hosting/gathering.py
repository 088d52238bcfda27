"""Captured invocations on their way from the lane's loop to the thread that writes them.

The loop makes lines itself: of each invocation as it comes, by the pen, while they are alike, else of some hundred at a
time. Then what a request has just left in the processor's caches is still there, and its memory serves the next ones.
The same work in the thread, thousands later, costs more, and the two would wait for each other. Long bodies are left to
the thread, so that nobody waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ormer.aws.clock import Clock
from ormer.engines.hosting.capture_lines import Alike, Run, lines_of, named
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.pens import Pen
from ormer.engines.hosting.routes import Route
from ormer.engines.hosting.sheets import Sheet, compiled_write

# How many parts of a run, or how many runs, make a batch.
PARTS, RUNS = 512, 256
# How many invocations in a row must be alike for the pen to be put down.
PEN_AFTER = 32
# Up to how many bytes of theirs the loop makes lines of.
LOOP_BYTES_MAX = 256 << 10
SHEET_BYTES = 8 << 20
HOUR_SECONDS = 3600
# What may share a spool: an endpoint's variant, a destination, and an hour.
Group = tuple[str, str, str, int]


class Piece(NamedTuple):
    """Lines that go to one spool. first: the run of the first of them. records: how many there are.

    start: where the lines lie on their sheet, -1 for elsewhere."""

    group: Group
    first: Run
    lines: bytes | memoryview
    records: int
    start: int = -1


class Gathering:
    """What waits for the disk. `add` is for the lane's loop only, `take` for one thread at a time.

    chance: a random number below 1. lost: told the route and variant of what finds bodies of `bytes_max` waiting.
    news: set when something was added while `idle`, which is for the thread to say.
    """

    def __init__(
        self, clock: Clock, chance: Callable[[], float], bytes_max: int, lost: Callable[[Route, str], None]
    ) -> None:
        self.news, self.idle = threading.Event(), False
        self._now = clock.now
        self._chance = chance
        self._bytes_max = bytes_max
        self._lost = lost
        # What the loop adds to, by endpoint (ARN) and variant, and what it has added to before. Only it puts runs here.
        self._runs: dict[tuple[str, str], Run] = {}
        self._ended: list[Run] = []
        # What the last invocation was added to, and how many before it were in a row.
        self._last: Run | None = None
        self._in_a_row = 0
        # Batches as lines, or as runs whose lines the thread makes.
        self._batches: list[tuple[list[Piece], list[Run]]] = []
        # Held for moments only: whoever makes runs into a batch keeps their order.
        self._lock = threading.RLock()
        # By turns: one is filled while the other is written.
        self._filling, self._writing = (Sheet(SHEET_BYTES, compiled_write()) for _ in range(2))
        # It is down on the sheet that is filled, and only while no run holds anything: what it writes came last.
        self._pen = Pen()
        self.write = self._pen.write
        # What the pen was put down for, and may be again. Only the loop changes it, and it puts the pen down.
        self._penned: Run | None = None
        # Counted by the loop and by whoever takes, each its own, so that nobody needs a lock.
        self._added_bytes = self._batched_bytes = self._taken_bytes = 0

    def __len__(self) -> int:
        """How many batches and single invocations wait."""
        with self._lock:
            return sum(map(len, (*self._ended, *self._runs.values()))) + len(self._pen) + len(self._batches)

    @property
    def waiting_bytes(self) -> int:
        return self._added_bytes - self._taken_bytes

    def add(self, route: Route, variant: str, asked: Asked, output_type: str, output: bytes) -> None:
        """Gather an invocation that was answered well and that `write` left alone, if chance has it.

        The route must capture. What it costs is added to every request: one that is like the one before it takes no
        step that it does not need.
        """
        run, moment = self._last, self._now()
        alike = (asked.content_type, output_type, bool(asked.inference_id or asked.custom_attributes))
        if self._penned is not None and self._written(route, variant, asked, alike, output, moment):
            return
        if (
            run is None
            or run.route is not route
            or run.variant is not variant
            or run.alike != alike
            or not run.moment <= moment < run.end
            or run.capture.percentage < 100
        ):
            found = self._run_of(route, variant, alike, moment)
            if found is None:
                return
            run = self._last = found
            self._in_a_row = 0
        body = asked.body
        added = self._added_bytes + len(body) + len(output)
        if added - self._taken_bytes > self._bytes_max:
            self._lost(route, variant)
            return
        parts = run.parts
        # At once, so that whoever takes meanwhile takes whole invocations.
        parts += (body, output, named(asked)) if run.alike[2] else (body, output)
        self._added_bytes = added
        self._in_a_row += 1
        if len(parts) >= PARTS or self._in_a_row == PEN_AFTER:
            self._end(run, added - self._batched_bytes)
        if self.idle:
            self.news.set()

    def _end(self, run: Run, size: int) -> None:
        """Make a batch of what was added, bodies of so many bytes. If its last ones were alike, the pen takes over."""
        with self._lock:
            self._batch(size)
            if self._in_a_row >= PEN_AFTER and run.capture.percentage == 100:
                self._pen.put(run, self._filling)
                self._penned = self._pen.run

    def _written(self, route: Route, variant: str, asked: Asked, alike: Alike, output: bytes, moment: float) -> bool:
        """Whether the pen, put down anew, has written an invocation: for lines of another second, of another beginning
        or on another sheet. If not it stays lifted until many in a row are alike again."""
        penned = self._penned
        with self._lock:
            self._lift()
            if penned is None or penned.route is not route or penned.variant is not variant or penned.alike != alike:
                self._penned = None
            else:
                self._pen.put(replace(penned, moment=moment, end=int(moment) + 1), self._filling)
        if self._penned is not None and self.write(route, variant, asked, alike[1], output):
            if self.idle:
                self.news.set()
            return True
        with self._lock:
            self._lift()
        self._penned = self._last = None
        return False

    def _lift(self) -> None:
        """Lift the pen; what it has written is a batch."""
        run = self._pen.run
        if run is not None:
            lines, records = self._pen.lift()
            piece = Piece(_group(run), run, lines, records, len(self._filling) - len(lines))
            self._batches += [([piece], [])] if records else []

    def _run_of(self, route: Route, variant: str, alike: Alike, moment: float) -> Run | None:
        """The run that an invocation belongs to; None where chance or the configuration leaves it out."""
        capture = route.capture
        if capture is None or (capture.percentage < 100 and self._chance() * 100 >= capture.percentage):
            return None
        place = (route.arn, variant)
        run = self._runs.get(place)
        if run is None or alike != run.alike or run.route is not route or not run.moment <= moment < run.end:
            run = self._begin(place, Run(route, variant, capture, alike, moment, int(moment) + 1, []))
        return run

    def take(self) -> list[Piece]:
        """Everything that waits, of each variant in the order it came. Lines are good until the next call."""
        with self._lock:
            self._lift()
            self._batch()
            self._filling, self._writing = self._writing, self._filling
            self._filling.clear()
            batches, self._batches = self._batches, []
            self._taken_bytes = self._batched_bytes
        taken: list[Piece] = []
        for pieces, runs in batches:
            for piece in pieces or pieces_of(runs):
                self._join(taken, piece)
        return taken

    def _begin(self, place: tuple[str, str], run: Run) -> Run:
        """The new run of an endpoint's variant, in place of the one before it."""
        if len(self._runs) + len(self._ended) >= RUNS:
            self._batch(self._added_bytes - self._batched_bytes)
            # Nobody but the loop adds to them, so they are as empty as the batch has left them.
            with self._lock:
                self._runs.clear()
        with self._lock:
            if place in self._runs:
                self._ended.append(self._runs[place])
            self._runs[place] = run
        return run

    def _join(self, taken: list[Piece], piece: Piece) -> None:
        """Add a piece, as one with the last where both lie side by side on the sheet.

        For each piece the thread gives the interpreter to the loop and asks for it again, which costs both of them."""
        last = taken[-1] if taken else None
        if last is None or last.group != piece.group or last.start < 0 or last.start + len(last.lines) != piece.start:
            taken.append(piece)
            return
        lines = self._writing.lines(last.start, piece.start + len(piece.lines))
        taken[-1] = last._replace(lines=lines, records=last.records + piece.records)

    def _batch(self, size: int | None = None) -> None:
        """Make what was added into a batch. size: how long its bodies are, None to count them."""
        with self._lock:
            runs = self._taken()
            size = sum(map(_bytes_of, runs)) if size is None else size
            self._batched_bytes += size
            if size > LOOP_BYTES_MAX:
                self._batches.append(([], runs))
            elif runs:
                self._batches.append((pieces_of(runs, self._filling), []))

    def _taken(self) -> list[Run]:
        """What the runs hold; those of now stay, to be added to."""
        found = [run.taken() for run in (*self._ended, *self._runs.values())]
        self._ended.clear()
        return [run for run in found if run.parts]


def pieces_of(runs: list[Run], sheet: Sheet | None = None) -> list[Piece]:
    """The lines of runs, by what may share a spool; on the sheet as far as there is room."""
    groups: dict[Group, list[Run]] = {}
    for run in runs:
        groups.setdefault(_group(run), []).append(run)
    return [_piece(group, own, sheet) for group, own in groups.items()]


def _group(run: Run) -> Group:
    return run.route.arn, run.variant, run.capture.destination_uri, int(run.moment) // HOUR_SECONDS


def _piece(group: Group, runs: list[Run], sheet: Sheet | None) -> Piece:
    records = sum(map(len, runs))
    if sheet is not None and (found := sheet.write(runs)) is not None:
        return Piece(group, runs[0], found, records, len(sheet) - len(found))
    return Piece(group, runs[0], b"".join(map(lines_of, runs)), records)


def _bytes_of(run: Run) -> int:
    """How long its bodies are."""
    names = run.parts[2::3] if run.width == 3 else ()
    return sum(map(len, run.parts)) - sum(map(len, names))
