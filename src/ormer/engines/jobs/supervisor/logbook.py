"""A job's output as JSON lines `{"t": milliseconds, "stream": name, "m": text}`, written while it arrives."""

import json
import os
import time
from collections import deque

LINE_BYTES_MAX = 256 * 1024  # CloudWatch Logs refuses an event above this size
TAIL_LINES = 30
TAIL_BYTES = 8 * 1024


class Logbook:
    """The one log file of a job. `problem` says why lines are missing when the disk refused some."""

    def __init__(self, path: str) -> None:
        self.problem: str | None = None
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, stream: str, lines: list[str]) -> None:
        head = f'{{"t": {time.time_ns() // 1_000_000}, "stream": {json.dumps(stream)}, "m": '
        content = memoryview("".join(f"{head}{json.dumps(line)}}}\n" for line in lines).encode())
        try:
            while content:
                content = content[os.write(self._descriptor, content) :]
        except OSError as error:
            self.problem = f"some log lines are missing: {error.strerror}"


class Stream:
    """Bytes in, whole lines out: into the logbook, and the last of them kept for the failure's reason."""

    def __init__(self, name: str, logbook: Logbook) -> None:
        self.name = name
        self._logbook = logbook
        self._partial = b""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def feed(self, chunk: bytes) -> None:
        *whole, self._partial = (self._partial + chunk).split(b"\n")
        pieces = [piece for line in whole for piece in _pieces(line)]
        while len(self._partial) >= LINE_BYTES_MAX:
            pieces.append(self._partial[:LINE_BYTES_MAX])
            self._partial = self._partial[LINE_BYTES_MAX:]
        self._keep(pieces)

    def close(self) -> None:
        """Write what came without a last newline."""
        if self._partial:
            self._keep([self._partial])
            self._partial = b""

    def tail(self) -> list[str]:
        """At most the last 30 lines and 8 KB, oldest first."""
        kept: list[str] = []
        room = TAIL_BYTES
        for line in reversed(self._tail):
            room -= len(line) + 1
            if room < 0:
                kept = kept or [line[-TAIL_BYTES:]]
                break
            kept.append(line)
        return kept[::-1]

    def _keep(self, pieces: list[bytes]) -> None:
        lines = [piece.removesuffix(b"\r").decode("utf-8", "replace") for piece in pieces]
        if lines:
            self._tail.extend(lines)
            self._logbook.write(self.name, lines)


def _pieces(line: bytes) -> list[bytes]:
    return [line[start : start + LINE_BYTES_MAX] for start in range(0, len(line), LINE_BYTES_MAX)] or [b""]
