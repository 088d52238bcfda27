"""The calendar, injected: schedules, expiry and timestamps read it, so that a week passes in a test in milliseconds.

Only the calendar is ever accelerated. Leases and time-outs use the monotonic clock; signatures use the wall clock.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What everything that writes a date depends on."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def seconds_until(self, at: float) -> float:
        """How long the machine's own clock takes until this calendar shows `at`; infinite where nobody can know."""
        ...


class WallClock:
    """The machine's own calendar."""

    now = staticmethod(time.time)

    def seconds_until(self, at: float) -> float:
        return max(0.0, at - self.now())


class ManualClock:
    """A calendar that moves when it is told to; for tests."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def seconds_until(self, at: float) -> float:
        return 0.0 if at <= self.now() else float("inf")

    def advance(self, seconds: float) -> None:
        """Move the calendar forward."""
        assert seconds >= 0, "a calendar does not go back"
        with self._lock:
            self._now += seconds


class ScaledClock:
    """A calendar that runs `factor` times as fast as the machine's; for watching a day of schedules in minutes."""

    def __init__(self, factor: float, start: float | None = None) -> None:
        assert factor > 0
        self._factor = factor
        self._origin = time.monotonic()
        self._start = time.time() if start is None else start

    def now(self) -> float:
        return self._start + (time.monotonic() - self._origin) * self._factor

    def seconds_until(self, at: float) -> float:
        return max(0.0, (at - self.now()) / self._factor)


def iso(seconds: float) -> str:
    """`2026-11-22T10:00:00.123Z`, the form events and files carry."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_seconds(seconds: float) -> str:
    """`2026-11-22T10:00:00Z`, the form of an event envelope's time."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
