"""Approvals: a person's answer to an action that waits for one.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-approve-or-reject.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codepipeline.pipelines import pipeline_of
from ormer.stores import tasks
from ormer.stores.deliveries import actions, executions
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def put_approval_result(call: Call, request: JsonDict) -> JsonDict:
    """Approve or reject, with a summary; who and when are kept.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html
    Errors: PipelineNotFoundException, StageNotFoundException, ActionNotFoundException, InvalidApprovalTokenException,
    ApprovalAlreadyCompletedException.
    """
    with call.write() as tx:
        pipeline = pipeline_of(call, request["pipelineName"])
        _check_named(pipeline, request["stageName"], request["actionName"])
        named = (pipeline.arn, request["stageName"], request["actionName"])
        run = actions.latest_with(tx, *named, request["token"])
        if run is None:
            text = "The approval token is not valid: GetPipelineState answers the one of the approval that waits."
            raise AwsError("InvalidApprovalTokenException", text)
        if run.status != actions.IN_PROGRESS or "answer" in run.facts or call.now >= run.facts["deadline"]:
            raise AwsError("ApprovalAlreadyCompletedException", "The approval has been answered, or has expired.")
        execution = executions.find(tx, pipeline.arn, run.execution_id)
        assert execution is not None, "runs go with their execution"
        answer = {**request["result"], "by": call.identity.arn, "at": call.now}
        actions.change(tx, execution, run, call.now, facts={**run.facts, "answer": answer})
        tasks.wake(tx, executions.TASK, pipeline.arn)
    return {"approvedAt": call.now}


def _check_named(pipeline: Row, stage: str, action: str) -> None:
    found = stage_of(pipeline, stage)
    if action not in [one["name"] for one in found["actions"]]:
        raise AwsError(
            "ActionNotFoundException", f"The stage {stage} of the pipeline {pipeline.name} has no action {action}."
        )


def stage_of(pipeline: Row, name: str) -> JsonDict:
    """The declared stage of this name. Raises StageNotFoundException."""
    stages: list[JsonDict] = pipeline.document["pipeline"]["stages"]
    for stage in stages:
        if stage["name"] == name:
            return stage
    raise AwsError("StageNotFoundException", f"The pipeline {pipeline.name} has no stage {name}.")
