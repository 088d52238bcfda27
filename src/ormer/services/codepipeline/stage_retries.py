"""Stages that failed or were stopped, tried again.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codepipeline.approvals import stage_of
from ormer.services.codepipeline.pipelines import pipeline_of
from ormer.stores.deliveries import actions, announcements, executions
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def retry_stage_execution(call: Call, request: JsonDict) -> JsonDict:
    """Run a stage's failed actions again, or all of them; the execution goes on from there.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RetryStageExecution.html
    Errors: PipelineNotFoundException, StageNotFoundException, StageNotRetryableException,
    NotLatestPipelineExecutionException.
    """
    name = request["stageName"]
    with call.write() as tx:
        pipeline = pipeline_of(call, request["pipelineName"])
        stage_of(pipeline, name)
        row = executions.find(tx, pipeline.arn, request["pipelineExecutionId"])
        if (
            row is None
            or row.status not in ("Failed", "Stopped")
            or row.facts["stages"].get(name) not in ("Failed", "Stopped")
        ):
            raise AwsError("StageNotRetryableException", f"The stage {name} has not failed in this execution.")
        if row.document["executionMode"] != "PARALLEL" and pipeline.facts["stages"].get(name) != row.name:
            text = f"Another execution has been in the stage {name} since: only the latest can be retried."
            raise AwsError("NotLatestPipelineExecutionException", text)
        runs = actions.current(tx, row.arn, name).values()
        again = [one for one in runs if request["retryMode"] == "ALL_ACTIONS" or one.status != actions.SUCCEEDED]
        actions.put_aside(tx, again)
        facts = {
            "inside": True,
            "abandon": False,
            "stages": {**row.facts["stages"], name: "InProgress"},
            "attempt": row.facts.get("attempt", 1) + 1,
        }
        moved = executions.advance(
            tx,
            row,
            "InProgress",
            now=call.now,
            expect=("Failed", "Stopped"),
            facts=facts,
            actor=call.identity.arn,
            state="RESUMED",
        )
        assert moved is not None, "its status was looked at in this transaction"
        announcements.stage(tx, moved, name, "RESUMED", call.now)
    return {"pipelineExecutionId": row.name}
