"""Tuning steps: a tuning job; later steps may ask for its training jobs, the best first.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-tuning
"""

from __future__ import annotations

from typing import Any

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.naming import tuning_name
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs

JsonDict = dict[str, Any]
LISTED_MAX = 50


def start(step: Step, run: Run) -> Outcome:
    """Create the step's tuning job once; its name may have 32 characters only."""
    name = tuning_name(run.row.arn, step.name, run.rows[step.name].attempt)
    return jobs.create_named(step, run, run.arguments(step), name)


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """The outcome of the tuning job; references find what Describe answers and TrainingJobSummaries."""
    outcome = jobs.finish(step, run, described)
    if not isinstance(outcome, Succeeded):
        return outcome
    objective = described["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
    order = "Descending" if objective.get("Type") == "Maximize" else "Ascending"
    listed = run.api(
        "sagemaker",
        "ListTrainingJobsForHyperParameterTuningJob",
        {
            "HyperParameterTuningJobName": described["HyperParameterTuningJobName"],
            "SortBy": "FinalObjectiveMetricValue",
            "SortOrder": order,
            "MaxResults": LISTED_MAX,
        },
    )
    properties = {**described, "TrainingJobSummaries": listed["TrainingJobSummaries"]}
    return Succeeded(properties, outcome.metadata)
