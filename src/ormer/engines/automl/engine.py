"""AutoML jobs: the task "automl_job", whose subject is the AutoML job's ARN.

A job goes through stages. Each begins something (a processing job, a tuning job, an endpoint) and waits for its end.
What was begun stands in the job's facts, written in the transaction that makes it, so that a second run begins nothing
twice; its end wakes the task. Nothing else is kept: candidates are the tuning job's training jobs.
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
"""

from __future__ import annotations

import contextlib
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.lifecycles import lifecycle
from ormer.engines.automl.run import Run
from ormer.engines.automl.stages import Stage, stages
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.automl.facts import BEGUN, STAGE
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# In the facts: the secondary status that says which report or deployment did not come to be.
SHORT = "short"
GOOD = frozenset({"Completed", "InService"})
NO_TIME = "The time of MaxAutoMLJobRuntimeInSeconds was over before any candidate came to its end."
PARTIAL_MAX, REASON_CHARS_MAX = 5, 1024
# What asks to stop, by the kind of what was begun; an endpoint goes on.
STOPS = {
    "ProcessingJob": "StopProcessingJob",
    "TrainingJob": "StopTrainingJob",
    "TransformJob": "StopTransformJob",
    "HyperParameterTuningJob": "StopHyperParameterTuningJob",
}


def run(work: Work) -> Again | None:
    """Move an AutoML job on. Returns None when its status is final, else when to look again."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(row.kind).final:
            return None
        step = Run(work, tx, row)
        deadline = _deadline(step)
        if row.status == "Stopping":
            return _wind_down(step, "Stopped", "Stopped", "")
        if deadline is not None and work.now >= deadline:
            return _out_of_time(step)
        if _go_on(step):
            return None
    return Again(at=deadline) if deadline is not None else Again()


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail an AutoML job whose task raises again and again; what it has begun comes to its own end.

    See `work.Ending`.
    """
    row = resources.get(tx, work.subject)
    if row is None or row.status in lifecycle(row.kind).final:
        return False
    _end(Run(work, tx, row), "Failed", "Failed", reason)
    return True


def _go_on(step: Run) -> bool:
    """Begin what is due and take up what has ended, as far as that goes now. Returns whether the job is over."""
    for stage in stages(step)[step.facts.get(STAGE, 0) :]:
        try:
            child = _begun(step, stage)
            if child is not None and child.status not in lifecycle(child.kind).final:
                resources.watch(step.tx, child.arn, step.work.task.kind, step.row.arn)
                return False
            if child is None or child.status not in GOOD:
                raise AwsError("ResourceNotFound", _reason(child, step.begun[stage.name]))
            stage.finish(step, child)
        except AwsError as error:
            if not stage.error:
                _end(step, "Failed", "Failed", error.message)
                return True
            _fall_short(step, stage, error.message)
        step.note({STAGE: step.facts.get(STAGE, 0) + 1})
    secondary = step.facts.get(SHORT, "Completed")
    if step.asked.definitions_only:
        secondary = "CandidateDefinitionsGenerated"
    _end(step, "Completed", secondary, "")
    return True


def _begun(step: Run, stage: Stage) -> Row | None:
    """What a stage waits for, which is begun now if it was not yet; None when somebody deleted it."""
    if stage.name not in step.begun:
        arn = stage.begin(step)
        step.note({BEGUN: {**step.begun, stage.name: arn}})
        step.tell({"AutoMLJobSecondaryStatus": stage.status})
        step.say(f"{stage.says}: {arn}")
    return resources.get(step.tx, step.begun[stage.name])


def _reason(child: Row | None, arn: str) -> str:
    if child is None:
        return f"{arn} was deleted while this job waited for it."
    said = child.document.get("ExitMessage") or child.document.get("FailureReason") or ""
    return f"{child.kind} {child.name} ended as {child.status}. {said}".rstrip()


def _fall_short(step: Run, stage: Stage, reason: str) -> None:
    """Go on without what a stage was to give."""
    short = [*step.row.document.get("PartialFailureReasons", ()), {"PartialFailureMessage": reason[:REASON_CHARS_MAX]}]
    step.tell({"PartialFailureReasons": short[:PARTIAL_MAX]})
    step.note({SHORT: step.facts.get(SHORT, stage.error)})
    step.say(f"{stage.says} did not work: {reason}")


def _deadline(step: Run) -> float | None:
    seconds = step.asked.limits.get("MaxAutoMLJobRuntimeInSeconds")
    return step.row.created + seconds if seconds else None


def _out_of_time(step: Run) -> Again | None:
    """End with the best that there is by now."""
    if not _quiet(step):
        return Again()
    try:
        step.best()
    except (AwsError, KeyError):
        _end(step, "Failed", "MaxAutoMLJobRuntimeReached", NO_TIME)
        return None
    _end(step, "Completed", "MaxAutoMLJobRuntimeReached", "")
    return None


def _wind_down(step: Run, status: str, secondary: str, reason: str) -> Again | None:
    if not _quiet(step):
        return Again()
    _end(step, status, secondary, reason)
    return None


def _quiet(step: Run) -> bool:
    """Whether nothing that was begun runs any more; what does is asked to stop, and its end wakes the task."""
    quiet = True
    for arn in step.begun.values():
        child = resources.get(step.tx, arn)
        if child is None or child.kind not in STOPS or child.status in lifecycle(child.kind).final:
            continue
        quiet = False
        resources.watch(step.tx, arn, step.work.task.kind, step.row.arn)
        if child.status == "InProgress":
            with contextlib.suppress(AwsError):  # it has just ended
                step.api(STOPS[child.kind], {f"{child.kind}Name": child.name})
    return quiet


def _end(step: Run, status: str, secondary: str, reason: str) -> None:
    """Say how it ended, with its best candidate, and take away what only the reports needed."""
    with contextlib.suppress(AwsError):  # it was never made
        step.api("DeleteModel", {"ModelName": step.named("report-model")})
    change: JsonDict = {"AutoMLJobSecondaryStatus": secondary, "EndTime": step.work.now}
    with contextlib.suppress(AwsError, KeyError):  # nothing came to its end
        change["BestCandidate"] = step.best()
    if reason:
        change["FailureReason"] = reason[:REASON_CHARS_MAX]
    step.say(f"The job is {status}. {reason}".rstrip())
    expected = [step.row.status]
    resources.advance(step.tx, step.row.arn, status, now=step.work.now, change=change, expect=expected)
