"""One stop of a story's rail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stop:
    """id: commit, data, trained, evaluated, registered, approved, staging, production or monitored.

    state: ahead (not reached), running, waiting (for a person), done, failed, stopped or skipped. who: a name or an
    ARN. Times are seconds since the epoch. link: the ARN of what it is about; execution: which run of it. asks: the
    decision it waits for. stands: what is there now, where the change has not come yet.
    """

    id: str
    state: str
    text: str = ""
    detail: str = ""
    who: str = ""
    started: float | None = None
    ended: float | None = None
    link: str = ""
    execution: str = ""
    asks: dict[str, Any] = field(default_factory=dict)
    stands: dict[str, Any] = field(default_factory=dict)
