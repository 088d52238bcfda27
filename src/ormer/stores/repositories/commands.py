"""What somebody wants done to a ref."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Command:
    """One ref somebody wants moved. new: the id, "" to delete. detail: members of the event beside the usual.
    pull_request: the ARN of the pull request that this merges.
    """

    ref: str
    new: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    pull_request: str = ""
