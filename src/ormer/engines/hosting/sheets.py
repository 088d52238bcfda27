"""Sheets: memory that captured lines are written on, by C where they are text (line_writer.c).

Without a compiled library, and for what it leaves to others, lines are those of `capture_lines`: the same bytes.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Callable, Iterable
from pathlib import Path

from ormer.engines.hosting import capture_lines, compiled
from ormer.engines.hosting.capture_lines import BETWEEN, Run

SOURCE = Path(__file__).with_name("line_writer.c")
CANNOT = -1
# (template, its length, parts, their length, width, count, address, room) -> how many bytes were written, or CANNOT.
Write = Callable[[bytes, int, bytes, int, int, int, int, int], int]


class Sheet:
    """Lines one behind the other, and used again and again: new memory costs as much as making lines.

    What is never used of it takes no memory. write: what makes lines; None makes all of them by Python."""

    def __init__(self, size: int, write: Write | None) -> None:
        memory = mmap.mmap(-1, size)
        self._view = memoryview(memory)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self._write = write
        self._filled = 0

    def __len__(self) -> int:
        """Where the next line will lie."""
        return self._filled

    def clear(self) -> None:
        """Begin at the top again; lines that were there may change from now on."""
        self._filled = 0

    @property
    def place(self) -> tuple[int, int]:
        """The address where the next line will lie, and how many bytes there are from there."""
        return self._address + self._filled, len(self._view) - self._filled

    def filled(self, size: int) -> memoryview:
        """What somebody has written at `place`, which is part of the sheet now."""
        self._filled += size
        return self._view[self._filled - size : self._filled]

    def lines(self, start: int, end: int) -> memoryview:
        """What lies between two places."""
        return self._view[start:end]

    def write(self, runs: Iterable[Run]) -> memoryview | None:
        """The lines of runs, written below what is there; None, and nothing there, when there is no room for them."""
        start = self._filled
        for run in runs:
            for parts in capture_lines.chunks(run):
                if not (self._compiled(run, parts) or self._copied(capture_lines.lines_of_few(run, parts))):
                    self._filled = start
                    return None
        return self._view[start : self._filled]

    def _compiled(self, run: Run, parts: list[bytes]) -> bool:
        encodings = capture_lines.encodings_of(run)
        if self._write is None or "BASE64" in encodings:
            return False
        joined = BETWEEN.join(parts)
        if not (joined.isascii() or _is_text(joined)):
            return False
        template, count = capture_lines.template_of(run, encodings), len(parts) // run.width
        written = self._write(template, len(template), joined, len(joined), run.width, count, *self.place)
        if written == CANNOT:
            return False
        self._filled += written
        return True

    def _copied(self, lines: bytes) -> bool:
        end = self._filled + len(lines)
        if end > len(self._view):
            return False
        self._view[self._filled : end] = lines
        self._filled = end
        return True


@functools.cache
def compiled_write() -> Write | None:
    """What makes lines in C; None where it was not compiled. It holds the interpreter's lock, for microseconds."""
    library = compiled.found(SOURCE, ctypes.PyDLL)
    if library is None:
        return None
    write: Write = library.ormer_capture_lines
    text, whole = ctypes.c_char_p, ctypes.c_int64
    write.argtypes = [text, whole, text, whole, whole, whole, ctypes.c_void_p, whole]  # type: ignore[attr-defined]
    write.restype = whole  # type: ignore[attr-defined]
    return write


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
