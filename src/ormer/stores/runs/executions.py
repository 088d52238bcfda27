"""Pipeline executions: their status changes, each with the event AWS sends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.stores import events, resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.runs.tables import definitions

JsonDict = dict[str, Any]
KIND = "PipelineExecution"
TASK = "pipeline_execution"
EXECUTION_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
FINAL = frozenset({"Succeeded", "Failed", "Stopped"})
DEFINITION = sa.select(definitions.c.text).where(
    definitions.c.pipeline_arn == sa.bindparam("arn"), definitions.c.version == sa.bindparam("number")
)


def advance(
    tx: Tx,
    arn: str,
    to: str,
    *,
    now: float,
    expect: Collection[str],
    change: JsonDict | None = None,
    facts: JsonDict | None = None,
    actor: str = "",
) -> Row | None:
    """Change an execution's status with its event; None when its status is not among the expected ones."""
    before = resources.get(tx, arn)
    moved = resources.advance(tx, arn, to, now=now, expect=expect, change=change, facts=facts, actor=actor)
    if moved is not None and before is not None and to != before.status:
        announce(tx, moved, before.status, now, actor)
    return moved


def announce(tx: Tx, row: Row, previous: str, now: float, actor: str = "") -> None:
    """The event AWS sends when an execution changes.
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html#eventbridge-pipeline
    """
    detail: JsonDict = {
        "pipelineExecutionDisplayName": row.document.get("PipelineExecutionDisplayName"),
        "currentPipelineExecutionStatus": row.status,
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": iso_seconds(row.created),
        "pipelineExecutionDescription": row.document.get("PipelineExecutionDescription", ""),
        "pipelineArn": row.parent,
        "pipelineExecutionArn": row.arn,
    }
    if row.status in FINAL:
        detail["executionEndTime"] = iso_seconds(now)
    if row.document.get("FailureReason"):
        detail["failureReason"] = row.document["FailureReason"]
    parts = arns.parse(row.arn)
    events.emit(
        tx,
        account=parts.account,
        region=parts.region,
        source="aws.sagemaker",
        detail_type=EXECUTION_EVENT,
        detail=detail,
        resources=[row.parent, row.arn],
        now=now,
        actor=actor,
    )


def add_definition(tx: Tx, pipeline_arn: str, version: int, text: str, now: float) -> None:
    """Keep the definition of one version of a pipeline."""
    tx.execute(sa.insert(definitions).values(pipeline_arn=pipeline_arn, version=version, text=text, created=now))


def definition(tx: Tx, pipeline_arn: str, version: int) -> str:
    """The definition of one version. KeyError when there is none."""
    found = tx.one(DEFINITION, {"arn": pipeline_arn, "number": version})
    if found is None:
        raise KeyError(f"{pipeline_arn} version {version}")
    return str(found["text"])


def forget_definitions(tx: Tx, pipeline_arn: str) -> None:
    """Remove every version's definition."""
    tx.execute(sa.delete(definitions).where(definitions.c.pipeline_arn == pipeline_arn))
