"""Step types that AWS knows and ormer does not run: pipelines with them are accepted, and the step says so."""

from __future__ import annotations

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Failed, Outcome
from ormer.engines.pipelines.runs import Run


def start(step: Step, run: Run) -> Outcome:
    """Fail with the step's type and what to do instead."""
    return Failed(
        f"ClientError: ormer does not run {step.type} steps yet. docs/coverage.md lists the step types it runs; "
        "replace the step, or put it in a branch that is not taken."
    )
