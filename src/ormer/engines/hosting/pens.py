"""The pen: C that writes an invocation's line the moment it comes, while invocations are alike (line_writer.c).

What a request leaves behind is missed by those after it: memory that is kept for later costs them more than the line.
Where nothing was compiled the pen never writes, and whoever holds it does what has to be done for every other line.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

from ormer.engines.hosting import capture_lines, compiled
from ormer.engines.hosting.capture_lines import Run
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.routes import Route
from ormer.engines.hosting.sheets import SOURCE, Sheet

# (route, variant, asked, output type, output) -> whether it is written.
Write = Callable[[Route, str, Asked, str, bytes], bool]


class Pen:
    """Put down at the end of a sheet for a run, it writes the lines of invocations that belong to it.

    write: takes no lock, and no step that it does not need. All else is for one thread at a time, and the sheet is the
    pen's until it is lifted.
    """

    def __init__(self) -> None:
        self._library = _library()
        self.write: Write = _never if self._library is None else self._library.ormer_pen()
        # What it is put down for.
        self.run: Run | None = None
        self._sheet: Sheet | None = None

    def __len__(self) -> int:
        """How many lines it has written since it was put down."""
        return 0 if self.run is None else int(self._library.ormer_pen_count(self._own))

    def put(self, run: Run, sheet: Sheet) -> None:
        """Put it down, if it can write such lines: of text, that the caller did not name, as long as there is room."""
        encodings = capture_lines.encodings_of(run)
        if self._library is None or run.alike[2] or "BASE64" in encodings:
            return
        template, place = capture_lines.template_of(run, encodings), sheet.place
        what = (run.route, run.variant, run.alike[0], run.alike[1], run.moment, run.end)
        if self._library.ormer_pen_put(self._own, *what, template, len(template), *place):
            self.run, self._sheet = run, sheet

    def lift(self) -> tuple[memoryview, int]:
        """What it has written, and how many lines that is; it must be down."""
        assert self._sheet is not None
        size, count = self._library.ormer_pen_lift(self._own), len(self)
        lines = self._sheet.filled(size)
        self.run = self._sheet = None
        return lines, count

    @property
    def _own(self) -> object:
        return self.write.__self__  # type: ignore[attr-defined]


def _never(route: Route, variant: str, asked: Asked, output_type: str, output: bytes) -> bool:
    return False


@functools.cache
def _library() -> Any:
    """The compiled library; None where there is none."""
    library: Any = compiled.found(SOURCE, ctypes.PyDLL)
    if library is None:
        return None
    text, whole, real, anything = ctypes.c_char_p, ctypes.c_int64, ctypes.c_double, ctypes.py_object
    library.ormer_pen.restype = anything
    place = (ctypes.c_void_p, whole)
    library.ormer_pen_put.argtypes = [anything] * 5 + [real, real, text, whole, *place]
    for function in (library.ormer_pen_count, library.ormer_pen_lift):
        function.argtypes, function.restype = [anything], whole
    return library
