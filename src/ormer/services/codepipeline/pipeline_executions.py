"""Executions of delivery pipelines: started, stopped, looked at.

https://docs.aws.amazon.com/codepipeline/latest/userguide/executions-view-console.html
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.codepipeline import pages, starting
from ormer.services.codepipeline.pipelines import pipeline_of
from ormer.stores.database import Tx
from ormer.stores.deliveries import executions
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import request_tokens

JsonDict = dict[str, Any]
# Executions that a queued or parallel pipeline may have under way.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
CONCURRENT_MAX = 50


def start_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Start an execution. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html

    A repeated clientRequestToken answers the first execution again. An event from before the pipeline was made is
    answered with the execution that its creation began.
    Errors: PipelineNotFoundException, ConcurrentPipelineExecutionsLimitExceededException.
    """
    with call.write() as tx:
        pipeline = pipeline_of(call, request["name"])
        repeated = _repeated(tx, call, request)
        if repeated:
            return {"pipelineExecutionId": repeated}
        event_id = dict(call.identity.tags).get("ormer:event")
        first = executions.begun_by_creation(tx, pipeline, event_id) if event_id else None
        if first is not None:
            return {"pipelineExecutionId": first.name}
        if len(executions.moving(tx, pipeline.arn)) >= CONCURRENT_MAX:
            text = f"The pipeline has {CONCURRENT_MAX} executions under way: wait for one to end, or stop one."
            raise AwsError("ConcurrentPipelineExecutionsLimitExceededException", text)
        row = starting.begin(tx, call, pipeline, starting.trigger_of(call), request)
        _remember(tx, call, request, row.name)
    return {"pipelineExecutionId": row.name}


def stop_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Stop an execution: when its running actions end, or at once when they are abandoned.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html
    Errors: PipelineNotFoundException, PipelineExecutionNotStoppableException, DuplicatedStopRequestException.
    """
    abandon = request.get("abandon", False)
    with call.write() as tx:
        pipeline = pipeline_of(call, request["pipelineName"])
        row = executions.find(tx, pipeline.arn, request["pipelineExecutionId"])
        if row is None or row.status not in executions.MOVING:
            text = f"The execution {request['pipelineExecutionId']} is not in progress and cannot be stopped."
            raise AwsError("PipelineExecutionNotStoppableException", text)
        if row.status == "Stopping" and (row.facts.get("abandon") or not abandon):
            text = f"The execution {row.name} is already stopping."
            raise AwsError("DuplicatedStopRequestException", text)
        reason = request.get("reason")
        executions.advance(
            tx,
            row,
            "Stopping",
            now=call.now,
            expect=executions.MOVING,
            change={"stopTrigger": {"reason": reason}} if reason else {},
            facts={"abandon": abandon},
            actor=call.identity.arn,
        )
    return {"pipelineExecutionId": row.name}


def execution_of(call: Call, pipeline: Row, identifier: str) -> Row:
    """An execution of the pipeline. Raises PipelineExecutionNotFoundException."""
    with call.read() as tx:
        row = executions.find(tx, pipeline.arn, identifier)
    if row is None:
        text = f"The pipeline {pipeline.name} has no execution with the id {identifier}."
        raise AwsError("PipelineExecutionNotFoundException", text)
    return row


def get_pipeline_execution(call: Call, request: JsonDict) -> JsonDict:
    """Answer an execution with its revisions, variables and trigger.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineExecution.html
    Errors: PipelineNotFoundException, PipelineExecutionNotFoundException.
    """
    row = execution_of(call, pipeline_of(call, request["pipelineName"]), request["pipelineExecutionId"])
    return {"pipelineExecution": row.document}


def list_pipeline_executions(call: Call, request: JsonDict) -> JsonDict:
    """Page through executions, newest first, with what they are made of.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelineExecutions.html
    Errors: PipelineNotFoundException, InvalidNextTokenException.
    """
    pipeline = pipeline_of(call, request["pipelineName"])
    offset, length = pages.place_of(request)
    with call.read() as tx:
        rows = executions.all_of(tx, pipeline.arn)
    stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
    if stage:
        rows = [row for row in rows if row.facts["stages"].get(stage) == "Succeeded"]
    found, more = pages.page_of(rows[offset:], offset, length)
    return {"pipelineExecutionSummaries": [_summary(row) for row in found], **more}


def _summary(row: Row) -> JsonDict:
    sources = [
        {"actionName": name, **{key: one[key] for key in ("revisionId", "revisionSummary") if one.get(key)}}
        for name, one in row.facts.get("sources", {}).items()
    ]
    return {**row.document, "startTime": row.created, "lastUpdateTime": row.modified, "sourceRevisions": sources}


def _key(call: Call, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    c = request_tokens.c
    operation = f"{call.service}:{call.operation}"
    return c.account == call.account, c.region == call.region, c.operation == operation, c.token == token


def _digest(request: JsonDict) -> str:
    return hashlib.sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()


def _repeated(tx: Tx, call: Call, request: JsonDict) -> str | None:
    """The execution that this very request started before."""
    token = request.get("clientRequestToken")
    found = tx.one(sa.select(request_tokens).where(*_key(call, token))) if token else None
    return str(found["response"]["id"]) if found is not None and found["digest"] == _digest(request) else None


def _remember(tx: Tx, call: Call, request: JsonDict, identifier: str) -> None:
    token = request.get("clientRequestToken")
    if not token:
        return
    tx.execute(sa.delete(request_tokens).where(*_key(call, token)))
    values = {"account": call.account, "region": call.region, "operation": f"{call.service}:{call.operation}"}
    more = {"token": token, "digest": _digest(request), "response": {"id": identifier}, "created": call.now}
    tx.execute(sa.insert(request_tokens).values(**values, **more))
