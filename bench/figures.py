"""A figure: what was measured, how often, beside what, and what it was hoped to be."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# The load a machine had before a measurement tells how far its figure can be trusted.
QUIET_LOAD_PER_CPU = 0.25


@dataclass(frozen=True)
class Figure:
    """One line of the table. Samples are in `unit`; `peer` is "" when there is none to compare with.

    goal: what is hoped for, in words. how: what was done, so that somebody else could do it by hand. paired: every
    sample was taken right beside the peer's at the same place in its list.
    """

    name: str
    unit: str
    samples: Sequence[float]
    how: str
    goal: str = ""
    peer: str = ""
    peer_samples: Sequence[float] = ()
    paired: bool = False
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def peer_median(self) -> float | None:
        return statistics.median(self.peer_samples) if self.peer_samples else None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's, the median of all pairs where samples are paired; None without a peer."""
        if self.paired:
            return statistics.median(ours / peer for ours, peer in zip(self.samples, self.peer_samples, strict=True))
        return self.median / self.peer_median if self.peer_median else None

    def json(self) -> dict[str, Any]:
        """Everything, with every sample."""
        return {**asdict(self), "median": self.median, "peer_median": self.peer_median, "ratio": self.ratio}


@dataclass(frozen=True)
class Skipped:
    """A measurement, or a peer, that could not be had here, and why."""

    name: str
    reason: str

    def json(self) -> dict[str, Any]:
        return asdict(self)


Result = Figure | Skipped


def quiet() -> bool:
    """Whether the machine does nothing else worth mentioning."""
    return os.getloadavg()[0] / (os.cpu_count() or 1) <= QUIET_LOAD_PER_CPU
