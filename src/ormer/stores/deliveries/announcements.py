"""The events of delivery pipelines, in CodePipeline's words.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.clock import iso_seconds
from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SOURCE = "aws.codepipeline"
PIPELINE_CHANGE = "CodePipeline Pipeline Execution State Change"
STAGE_CHANGE = "CodePipeline Stage Execution State Change"
ACTION_CHANGE = "CodePipeline Action Execution State Change"
# The documents' statuses in the events' words.
STATES = {
    "InProgress": "STARTED",
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopping": "STOPPING",
    "Stopped": "STOPPED",
    "Superseded": "SUPERSEDED",
    "Cancelled": "CANCELED",
    "Abandoned": "ABANDONED",
}


def execution(tx: Tx, row: Row, now: float, actor: str = "", state: str = "") -> None:
    """An execution changed. state: for what is no status, RESUMED."""
    trigger = row.document.get("trigger", {})
    detail = {
        "execution-trigger": {
            "trigger-type": trigger.get("triggerType", ""),
            "trigger-detail": trigger.get("triggerDetail", ""),
        },
        "state": state or STATES[row.status],
        "start-time": iso_seconds(row.created),
        "pipeline-execution-attempt": float(row.facts.get("attempt", 1)),
    }
    _emit(tx, row, PIPELINE_CHANGE, detail, now, actor)


def stage(tx: Tx, row: Row, name: str, status: str, now: float) -> None:
    """A stage of an execution changed. status: STARTED by its document's word, or RESUMED."""
    detail = {"stage": name, "state": STATES.get(status, status), "start-time": iso_seconds(now)}
    _emit(tx, row, STAGE_CHANGE, detail, now)


def action(tx: Tx, row: Row, run: Any, now: float) -> None:
    """A run of an action changed. row: the execution's. run: an ActionRow."""
    kind = run.input.get("actionTypeId", {})
    result = run.output.get("executionResult", {})
    detail: JsonDict = {
        "action-execution-id": run.id,
        "start-time": iso_seconds(run.started),
        "stage": run.stage,
        "action": run.action,
        "state": STATES[run.status],
        "region": row.region,
        "type": {name: kind.get(name, "") for name in ("owner", "provider", "category", "version")},
        "input-artifacts": run.input.get("inputArtifacts", []),
    }
    if run.output.get("outputArtifacts"):
        detail["output-artifacts"] = run.output["outputArtifacts"]
    if result:
        error = result.get("errorDetails", {})
        shown = {
            "external-execution-id": result.get("externalExecutionId"),
            "external-execution-summary": result.get("externalExecutionSummary"),
            "external-execution-url": result.get("externalExecutionUrl"),
            "error-code": error.get("code"),
        }
        detail["execution-result"] = {name: value for name, value in shown.items() if value}
    _emit(tx, row, ACTION_CHANGE, detail, now)


def _emit(tx: Tx, row: Row, detail_type: str, detail: JsonDict, now: float, actor: str = "") -> None:
    version = float(row.document["pipelineVersion"])
    head = {"pipeline": row.document["pipelineName"], "execution-id": row.name}
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source=SOURCE,
        detail_type=detail_type,
        detail={**head, **detail, "version": version},
        resources=[row.parent],
        now=now,
        actor=actor,
    )
