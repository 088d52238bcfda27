"""One file a kind of step; this page says which kind is executed by what.

`start` begins an attempt, inside the transaction that records it. `finish` is asked when the job has ended, with what
Describe answers. `stop` asks the job to end. Inline kinds need no job: many are decided in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Outcome
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import (
    automl,
    callback,
    clarify_check,
    condition,
    fail,
    jobs,
    lambda_function,
    model,
    processing,
    quality_check,
    register_model,
    tuning,
    unsupported,
)

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How steps of one type are executed. describe: what `finish` is told of the work that has ended."""

    start: Callable[[Step, Run], Outcome]
    finish: Callable[[Step, Run, JsonDict], Outcome] = jobs.finish
    stop: Callable[[Step, Run], None] = jobs.stop
    inline: bool = False
    describe: Callable[[Step, Run], JsonDict] = jobs.describe


KINDS: Mapping[str, Kind] = {
    "Processing": Kind(jobs.start, processing.finish),
    "Training": Kind(jobs.start),
    "Transform": Kind(jobs.start),
    "Tuning": Kind(tuning.start, tuning.finish),
    "AutoML": Kind(automl.start, automl.finish),
    "Model": Kind(model.start),
    "RegisterModel": Kind(register_model.start),
    "QualityCheck": Kind(quality_check.start, quality_check.finish),
    "ClarifyCheck": Kind(clarify_check.start, clarify_check.finish),
    "Condition": Kind(condition.start, inline=True),
    "Fail": Kind(fail.start, inline=True),
    "Callback": Kind(callback.start, stop=callback.stop),
    "Lambda": Kind(
        lambda_function.start, lambda_function.finish, lambda_function.stop, describe=lambda_function.describe
    ),
}
UNSUPPORTED = Kind(unsupported.start, inline=True)


def kind_of(step: Step) -> Kind:
    """How this step is executed."""
    return KINDS.get(step.type, UNSUPPORTED)
