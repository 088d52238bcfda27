"""Model steps: CreateModel, done at once."""

from __future__ import annotations

from ormer.aws.errors import AwsError
from ormer.engines.pipelines.arguments import JOBS
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs


def start(step: Step, run: Run) -> Outcome:
    """Create the model, or adopt the one of this attempt's name; its description is what references find."""
    job = JOBS[step.type]
    request = run.arguments(step)
    name = run.name_for(step, request.get(job.name))
    try:
        run.call("sagemaker", job.create, {**request, job.name: name})
    except AwsError as error:
        if "already exist" not in error.message.lower():
            return jobs.refused(job.create, error)
    described = run.call("sagemaker", job.describe, {job.name: name})
    arn = described[job.arn]
    return Succeeded(described, {job.metadata: {"Arn": arn}}, made_arn=arn)
