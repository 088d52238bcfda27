"""Steps that are jobs: Training, Transform, and what Processing and the check steps share.

A step's Arguments are the CreateXJob request without the job's name.
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines.arguments import JOBS
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.outcomes import Failed, Outcome, Stopped, Succeeded, Waiting
from ormer.engines.pipelines.retries import kind_of_error, kind_of_reason
from ormer.engines.pipelines.runs import Run

JsonDict = dict[str, Any]
TAKEN = frozenset({"ResourceInUse", "ConflictException"})
# A reason that already says whose fault it was is shown as it is.
BLAMES = ("AlgorithmError", "ClientError", "InternalServerError")


def start(step: Step, run: Run) -> Outcome:
    """Create the step's job once; safe to call again after a crash, since the name is derived from the attempt."""
    return create(step, run, run.arguments(step))


def create(step: Step, run: Run, request: JsonDict, facts: JsonDict | None = None) -> Outcome:
    """Create the job of a resolved request, or adopt the one of this attempt's name."""
    name = run.name_for(step, request.get(JOBS[step.type].name))
    return create_named(step, run, {**request, **_experiment(step, run)}, name, facts)


def create_named(step: Step, run: Run, request: JsonDict, name: str, facts: JsonDict | None = None) -> Outcome:
    """Create the job of a resolved request under this name, or adopt the one that has it."""
    job = JOBS[step.type]
    full = {**request, job.name: name}
    try:
        made = run.call("sagemaker", job.create, full)
    except AwsError as error:
        if not _is_taken(error):
            return refused(job.create, error)
        made = run.call("sagemaker", job.describe, {job.name: name})
    arn = str(made[job.arn])
    return Waiting(arn, {job.metadata: {"Arn": arn}}, {**(facts or {}), "job_name": name})


def describe(step: Step, run: Run) -> JsonDict:
    """What AWS answers of the step's job."""
    job = JOBS[step.type]
    return run.api("sagemaker", job.describe, {job.name: run.rows[step.name].facts["job_name"]})


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """The outcome of a job that has ended; its description is what references to the step find."""
    job = JOBS[step.type]
    metadata = {job.metadata: {"Arn": described[job.arn]}}
    ended = failure(step, run, described, metadata)
    return ended or Succeeded(described, metadata)


def failure(step: Step, run: Run, described: JsonDict, metadata: JsonDict) -> Outcome | None:
    """What a job that did not complete means for its step; None when it completed."""
    status = described[JOBS[step.type].status]
    if status == "Completed":
        return None
    reason = described.get("FailureReason") or ""
    if status == "Stopped":
        if run.row.status == "Stopping":
            return Stopped(metadata)
        return Failed(f"ClientError: The job was stopped before it completed. {reason}".rstrip(), metadata)
    kind = kind_of_reason(reason)
    blamed = kind or reason.startswith(BLAMES)
    shown = reason if blamed else f"ClientError: {reason or 'The job failed without a reason.'}"
    return Failed(shown, metadata, kind)


def stop(step: Step, run: Run) -> None:
    """Ask the step's job to stop; one that has just ended is left to tell so itself."""
    job = JOBS[step.type]
    try:
        run.call("sagemaker", job.stop, {job.name: run.rows[step.name].facts["job_name"]})
    except AwsError as error:
        if error.code not in ("ValidationException", "ResourceNotFound"):
            raise


def refused(operation: str, error: AwsError) -> Failed:
    """A step whose request AWS would not take, in AWS's words."""
    text = f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {error.message}"
    return Failed(text, kind=kind_of_error(error))


def _is_taken(error: AwsError) -> bool:
    return error.code in TAKEN or "already exist" in error.message.lower()


def _experiment(step: Step, run: Run) -> JsonDict:
    """The trial the job's component goes to, unless the definition names one."""
    if run.experiment is None or "ExperimentConfig" in step.arguments:
        return {}
    return {"ExperimentConfig": {**run.experiment, "TrialComponentDisplayName": step.name}}
