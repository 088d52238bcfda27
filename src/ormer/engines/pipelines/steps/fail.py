"""Fail steps: end the execution as failed, with the definition's own message.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-fail
"""

from __future__ import annotations

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.expressions import text_of
from ormer.engines.pipelines.outcomes import Failed, Outcome
from ormer.engines.pipelines.runs import Run

MESSAGE_LENGTH_MAX = 3072


def start(step: Step, run: Run) -> Outcome:
    """Fail with the resolved ErrorMessage; an empty one gives no reason."""
    message = text_of(run.resolve(step, step.arguments.get("ErrorMessage", "")))
    return Failed(message, {"Fail": {"ErrorMessage": message[:MESSAGE_LENGTH_MAX]}})
