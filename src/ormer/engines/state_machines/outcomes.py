"""What becomes of a state once it was begun or looked at: it waits, it is done, or it goes on elsewhere.

A state that fails raises `language.faults.Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Waits:
    """For what stands in its flow's row: a time, a resource, a token, or the flows below."""


@dataclass(frozen=True)
class Calls:
    """For an operation that is called between two turns."""


@dataclass(frozen=True)
class Done:
    """With a result, which the state's own members make an output of."""

    result: Any


@dataclass(frozen=True)
class Goes:
    """To another state, with an output and the variables that are assigned."""

    to: str
    output: Any
    assigned: dict[str, Any] = field(default_factory=dict)


Outcome = Waits | Calls | Done | Goes
