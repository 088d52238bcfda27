"""Runs of actions, and the kinds of actions there are."""

from __future__ import annotations

from typing import Any

from ormer.aws.action_types import ACTION_TYPES
from ormer.services.codepipeline import pages
from ormer.services.codepipeline.pipeline_executions import execution_of
from ormer.services.codepipeline.pipelines import pipeline_of
from ormer.stores.deliveries import actions
from ormer.stores.deliveries.actions import ActionRow
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def list_action_executions(call: Call, request: JsonDict) -> JsonDict:
    """Page through runs of actions, newest first, with what they were given and what they made.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html
    Errors: PipelineNotFoundException, PipelineExecutionNotFoundException, InvalidNextTokenException.
    """
    pipeline = pipeline_of(call, request["pipelineName"])
    asked = request.get("filter", {})
    latest = asked.get("latestInPipelineExecution", {})
    identifier = asked.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
    execution = execution_of(call, pipeline, identifier).arn if identifier else None
    offset, length = pages.place_of(request)
    with call.read() as tx:
        rows = actions.listed(tx, pipeline.arn, execution, offset, length + 1, bool(latest))
    found, more = pages.page_of(rows, offset, length)
    return {"actionExecutionDetails": [_detail(row) for row in found], **more}


def _detail(row: ActionRow) -> JsonDict:
    detail: JsonDict = {
        "pipelineExecutionId": row.execution_id,
        "actionExecutionId": row.id,
        "pipelineVersion": row.version,
        "stageName": row.stage,
        "actionName": row.action,
        "startTime": row.started,
        "lastUpdateTime": row.modified,
        "status": row.status,
        "input": row.input,
        "output": row.output,
    }
    by = row.facts.get("answer", {}).get("by")
    return detail | ({"updatedBy": by} if by else {})


def list_action_types(call: Call, request: JsonDict) -> JsonDict:
    """List the kinds of actions that pipelines can have here.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionTypes.html
    """
    owner = request.get("actionOwnerFilter", "AWS")
    return {"actionTypes": [kind.shown for kind in ACTION_TYPES if owner == "AWS"]}
