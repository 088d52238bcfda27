"""The members of a job's document that tell how far it is, in AWS's words for each kind.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ormer.engines.jobs.outcomes import Outcome
from ormer.engines.jobs.plans import PROCESSING, TRAINING, Plan
from ormer.engines.jobs.runs import MODEL_OUTPUT
from ormer.engines.jobs.supervision import Result
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image and the input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Restarting": "Restarting the training job after it was lost",
}
TIMES = {
    TRAINING: ("TrainingStartTime", "TrainingEndTime"),
    PROCESSING: ("ProcessingStartTime", "ProcessingEndTime"),
    "TransformJob": ("TransformStartTime", "TransformEndTime"),
}


def entered(row: Row, status: str, now: float) -> JsonDict:
    """The members that say that a training job has entered a secondary status; nothing for other kinds."""
    if row.kind != TRAINING or row.document.get("SecondaryStatus") == status:
        return {}
    past = [dict(each) for each in row.document.get("SecondaryStatusTransitions", ())]
    if past and "EndTime" not in past[-1]:
        past[-1]["EndTime"] = now
    past.append({"Status": status, "StartTime": now, "StatusMessage": MESSAGES[status]})
    return {"SecondaryStatus": status, "SecondaryStatusTransitions": past}


def started(row: Row, now: float) -> JsonDict:
    """The start time, kept from the first attempt."""
    member = TIMES[row.kind][0]
    return {member: row.document.get(member, now)}


def ended(plan: Plan, results: Sequence[Result]) -> JsonDict:
    """The end time and what a job costs in seconds, from its hosts' results."""
    start = TIMES[plan.kind][0]
    found: JsonDict = {}
    starts = [result.started for result in results if result.started]
    ends = [result.ended for result in results if result.ended]
    if starts and plan.document.get(start) is None:
        found[start] = min(starts) / 1000
    if ends and starts and plan.kind == TRAINING:
        seconds = max(1, round((max(ends) - min(starts)) / 1000))
        found |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds * plan.count}
    return found


def finished(row: Row, outcome: Outcome, now: float) -> JsonDict:
    """The members a final status brings."""
    found: JsonDict = {TIMES[row.kind][1]: now}
    if row.kind == TRAINING:
        found |= entered(row, outcome.secondary, now)
        past = [dict(each) for each in found.get("SecondaryStatusTransitions", ())]
        if past:
            past[-1]["EndTime"] = now
            if outcome.reason:
                past[-1]["StatusMessage"] = outcome.reason
            found["SecondaryStatusTransitions"] = past
    if outcome.reason:
        found["FailureReason"] = outcome.reason
    if outcome.exit_message and row.kind == PROCESSING:
        found["ExitMessage"] = outcome.exit_message
    return found


def outputs_of(plan: Plan, outcome: Outcome, change: JsonDict) -> dict[str, str]:
    """{name: S3 address} of what a job left, for its trial component and lineage."""
    if outcome.status == "Failed":
        return {}
    if plan.kind == TRAINING:
        model = change.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
        return {MODEL_OUTPUT: model} if model else {}
    if outcome.status != "Completed":
        return {}
    return {destination.name: destination.uri for destination in plan.destinations}
