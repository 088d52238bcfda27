"""AutoML steps: an AutoML job; later steps may ask for its best candidate and for what was reported on it.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-automl
"""

from __future__ import annotations

from typing import Any

from ormer.engines.pipelines import objects
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.naming import tuning_name
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs

JsonDict = dict[str, Any]
# What the reports' files are called, by the location that a candidate names.
REPORTS = {
    "ModelInsights": ("ModelInsightsJsonReportPath", "statistics.json"),
    "Explainability": ("ExplainabilityJsonReportPath", "analysis.json"),
}


def start(step: Step, run: Run) -> Outcome:
    """Create the step's AutoML job once; its name may have 32 characters only."""
    name = tuning_name(run.row.arn, step.name, run.rows[step.name].attempt)
    return jobs.create_named(step, run, run.arguments(step), name)


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """The outcome of the AutoML job; references find what Describe answers and BestCandidateProperties."""
    outcome = jobs.finish(step, run, described)
    if not isinstance(outcome, Succeeded):
        return outcome
    properties = described.get("BestCandidate", {}).get("CandidateProperties", {})
    located = properties.get("CandidateArtifactLocations", {})
    paths = {name: objects.join(located[place], file) for place, (name, file) in REPORTS.items() if place in located}
    return Succeeded({**described, "BestCandidateProperties": paths}, outcome.metadata)
