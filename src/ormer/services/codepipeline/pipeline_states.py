"""How a delivery pipeline stands, stage by stage and action by action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-view-console.html
"""

from __future__ import annotations

from typing import Any

from ormer.services.codepipeline.pipelines import pipeline_of, updated
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions, executions
from ormer.stores.deliveries.actions import ActionRow
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def get_pipeline_state(call: Call, request: JsonDict) -> JsonDict:
    """Answer the newest run of every action, what waits before every stage, and what is closed.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html
    An approval that waits has its token here. Errors: PipelineNotFoundException.
    """
    with call.read() as tx:
        row = pipeline_of(call, request["name"])
        moving = executions.moving(tx, row.arn)
        declared = row.document["pipeline"]
        states = [_stage(tx, row, stage, moving, position) for position, stage in enumerate(declared["stages"])]
    return {
        "pipelineName": row.name,
        "pipelineVersion": declared["version"],
        "stageStates": states,
        "created": row.created,
        "updated": updated(row),
    }


def _stage(tx: Tx, row: Row, stage: JsonDict, moving: list[Row], position: int) -> JsonDict:
    name = stage["name"]
    state: JsonDict = {
        "stageName": name,
        "actionStates": [_action(tx, row, name, action) for action in stage["actions"]],
    }
    inbound = [
        {"pipelineExecutionId": one.name, "status": one.status, "type": "STANDARD"}
        for one in moving
        if not one.facts["inside"] and one.facts["stage"] == position
    ]
    if position > 0:
        state["inboundTransitionState"] = {"enabled": True, **row.facts.get("transitions", {}).get(name, {})}
        state["inboundExecutions"] = inbound
        if inbound:
            state["inboundExecution"] = inbound[-1]
    latest = executions.find(tx, row.arn, row.facts.get("stages", {}).get(name, ""))
    if latest is not None:
        status = latest.facts["stages"][name]
        status = "Stopping" if status == "InProgress" and latest.status == "Stopping" else status
        state["latestExecution"] = {"pipelineExecutionId": latest.name, "status": status, "type": "STANDARD"}
    return state


def _action(tx: Tx, row: Row, stage: str, action: JsonDict) -> JsonDict:
    state: JsonDict = {"actionName": action["name"]}
    link = action.get("configuration", {}).get("ExternalEntityLink")
    if link:
        state["entityUrl"] = link
    run = actions.latest(tx, row.arn, stage, action["name"])
    if run is None:
        return state
    state["latestExecution"] = _latest(run)
    execution = executions.find(tx, row.arn, run.execution_id)
    source = execution.facts.get("sources", {}).get(action["name"]) if execution is not None else None
    if source:
        identifier = source["revisionId"]
        state["currentRevision"] = {
            "revisionId": identifier,
            "revisionChangeId": identifier,
            "created": source.get("created", run.modified),
        }
    return state


def _latest(run: ActionRow) -> JsonDict:
    result = run.result
    shown: JsonDict = {
        "actionExecutionId": run.id,
        "status": run.status,
        "lastStatusChange": run.modified,
        "summary": result.get("externalExecutionSummary"),
        "externalExecutionId": result.get("externalExecutionId"),
        "externalExecutionUrl": result.get("externalExecutionUrl"),
        "errorDetails": result.get("errorDetails"),
        "lastUpdatedBy": run.facts.get("answer", {}).get("by"),
    }
    if run.status == actions.IN_PROGRESS and "answer" not in run.facts:
        shown["token"] = run.facts.get("token")
    return {name: value for name, value in shown.items() if value is not None}
