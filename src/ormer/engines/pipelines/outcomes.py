"""What a step executor answers: the step waits for a job, it succeeded, it failed, or it was stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JsonDict = dict[str, Any]
# ListPipelineExecutionSteps' FailureReason.
REASON_LENGTH_MAX = 1024


@dataclass(frozen=True)
class Waiting:
    """Something is under way; a change of `made_arn`'s status wakes the execution (a callback has only its token)."""

    made_arn: str = ""
    metadata: JsonDict = field(default_factory=dict)
    facts: JsonDict = field(default_factory=dict)
    token: str | None = None


@dataclass(frozen=True)
class Succeeded:
    """Done: `properties` are what references to the step find."""

    properties: JsonDict = field(default_factory=dict)
    metadata: JsonDict = field(default_factory=dict)
    property_files: JsonDict = field(default_factory=dict)
    made_arn: str = ""


@dataclass(frozen=True)
class Failed:
    """Over: the reason is the user's to read; `kind` is the exception type retry policies know, if any."""

    reason: str
    metadata: JsonDict = field(default_factory=dict)
    kind: str | None = None


@dataclass(frozen=True)
class Stopped:
    """Ended because the execution stops."""

    metadata: JsonDict = field(default_factory=dict)


Outcome = Waiting | Succeeded | Failed | Stopped
