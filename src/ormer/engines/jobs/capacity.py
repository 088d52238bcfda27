"""Who may run: jobs are admitted in the order they came, by the part of the machine their instances reserve.

Nothing here is durable. A job's `facts` say whether it was admitted; at a start the engine counts those again. A job
that waits reserves nothing, and a holder that waits for others (a pipeline, a build) reserves nothing at all, so the
machine cannot deadlock.
"""

from __future__ import annotations

import threading

# Shares are sums of fractions.
ROUNDING = 1e-9


class Capacity:
    """The machine's reservations, in parts of one whole. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, float] = {}
        self._waiting: dict[str, tuple[float, float]] = {}

    def restore(self, job: str, share: float) -> None:
        """Count a job that was admitted before this server started."""
        with self._lock:
            self._held[job] = share

    def admit(self, job: str, share: float, created: float) -> bool:
        """Whether the job may run now; if not it stands in line by `created`. Asked twice it answers the same."""
        with self._lock:
            if job in self._held:
                return True
            self._waiting[job] = (created, share)
            if job not in self._fitting():
                return False
            del self._waiting[job]
            self._held[job] = share
            return True

    def release(self, job: str) -> list[str]:
        """Give back what the job holds or its place in line. Returns the jobs that fit now: wake them."""
        with self._lock:
            self._held.pop(job, None)
            self._waiting.pop(job, None)
            return self._fitting()

    def _fitting(self) -> list[str]:
        """The first in line that fit beside each other; nobody overtakes, so that large jobs get their turn."""
        free = 1.0 - sum(self._held.values())
        fitting = []
        for job, (_, share) in sorted(self._waiting.items(), key=lambda pair: (pair[1][0], pair[0])):
            if share > free + ROUNDING:
                break
            free -= share
            fitting.append(job)
        return fitting
