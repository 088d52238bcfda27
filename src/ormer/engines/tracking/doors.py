"""Which tracking servers answer now, and where: the engine opens and closes doors, the gateway goes through them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Doors:
    """knocked: called with a server's ARN, never blocking, when somebody wants one whose door is closed."""

    knocked: Callable[[str], None] = lambda arn: None
    _sockets: dict[str, Path] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, arn: str) -> Path | None:
        """The socket of a server that answers; None for one that does not yet, which is told that it is wanted."""
        with self._lock:
            first = arn not in self._asked
            self._asked[arn] = time.monotonic()
            found = self._sockets.get(arn)
        if found is None and first:
            self.knocked(arn)
        return found

    def open(self, arn: str, socket: Path) -> None:
        """The server answers from now on."""
        with self._lock:
            self._sockets[arn] = socket

    def close(self, arn: str) -> None:
        """It answers no longer."""
        with self._lock:
            self._sockets.pop(arn, None)

    def ask(self, arn: str) -> None:
        """Count the server as wanted now."""
        with self._lock:
            self._asked[arn] = time.monotonic()

    def wanted(self, arn: str) -> bool:
        """Whether somebody has asked for it since it was forgotten."""
        with self._lock:
            return arn in self._asked

    def idle_seconds(self, arn: str) -> float:
        """How long nobody has asked for it."""
        with self._lock:
            return time.monotonic() - self._asked.get(arn, 0.0)

    def forget(self, arn: str) -> None:
        """It answers no longer, and nobody has asked for it."""
        with self._lock:
            self._sockets.pop(arn, None)
            self._asked.pop(arn, None)
