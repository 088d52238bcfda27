"""Step rows: reading them, changing them with their event, finding earlier runs for the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.runs.tables import steps as table

JsonDict = dict[str, Any]
WAITING = ""
SKIPPED = "Skipped"
RUNNING = frozenset({"Starting", "Executing", "Stopping"})
FINAL = frozenset({"Succeeded", "Failed", "Stopped", SKIPPED})
OF = sa.select(table).where(table.c.execution_arn == sa.bindparam("arn")).order_by(table.c.position)
STEP_EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"


@dataclass
class StepRow:
    """One step of one execution; the columns of `pipeline_steps`. Times are seconds since the epoch."""

    execution_arn: str
    name: str
    pipeline_arn: str
    type: str
    position: int
    status: str = WAITING
    attempt: int = 0
    began: int | None = None
    started: float | None = None
    ended: float | None = None
    due: float | None = None
    failure_reason: str | None = None
    metadata: JsonDict = field(default_factory=dict)
    properties: JsonDict = field(default_factory=dict)
    property_files: JsonDict = field(default_factory=dict)
    made_arn: str = ""
    token: str | None = None
    cache_key: str | None = None
    cache_source: str | None = None
    selective_source: str | None = None
    facts: JsonDict = field(default_factory=dict)


def insert(tx: Tx, rows: Iterable[StepRow]) -> None:
    """Write the rows of a new execution."""
    values = [dict(row.__dict__) for row in rows]
    if values:
        tx.execute(sa.insert(table), values)


def of(tx: Tx, execution_arn: str) -> dict[str, StepRow]:
    """{name: row} of an execution, in the definition's order."""
    found = tx.all(OF, {"arn": execution_arn})
    return {row["name"]: StepRow(**row) for row in found}


def change(tx: Tx, row: StepRow, now: float, **values: Any) -> None:
    """Change columns of a row, in the database and in `row`; a new status that AWS shows is announced."""
    previous = row.status
    _update(tx, row, values)
    for name, value in values.items():
        setattr(row, name, value)
    if row.status != previous and row.status not in (WAITING, SKIPPED):
        announce(tx, row, previous, now)


def announce(tx: Tx, row: StepRow, previous: str, now: float) -> None:
    """The event AWS sends when a step changes.
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html#eventbridge-pipeline-step
    """
    parts = arns.parse(row.execution_arn)
    detail: JsonDict = {
        "metadata": lowered(row.metadata),
        "stepName": row.name,
        "stepType": row.type,
        "previousStepStatus": previous or "Starting",
        "currentStepStatus": row.status,
        "pipelineArn": row.pipeline_arn,
        "pipelineExecutionArn": row.execution_arn,
    }
    if row.started is not None:
        detail["stepStartTime"] = iso_seconds(row.started)
    if row.ended is not None:
        detail["stepEndTime"] = iso_seconds(row.ended)
    if row.failure_reason:
        detail["failureReason"] = row.failure_reason
    if row.cache_source:
        detail["cacheHitResult"] = {"sourcePipelineExecutionArn": row.cache_source}
    events.emit(
        tx,
        account=parts.account,
        region=parts.region,
        source="aws.sagemaker",
        detail_type=STEP_EVENT,
        detail=detail,
        resources=[row.pipeline_arn, row.execution_arn],
        now=now,
    )


def lowered(value: Any) -> Any:
    """A document with its members in the events' camel case: `ProcessingJob.Arn` becomes `processingJob.arn`."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: lowered(inner) for key, inner in value.items()}
    return [lowered(inner) for inner in value] if isinstance(value, list) else value


def listed(tx: Tx, execution_arn: str, *, descending: bool, offset: int, limit: int) -> list[StepRow]:
    """Steps that began, by when they began."""
    order = table.c.began.desc() if descending else table.c.began.asc()
    found = tx.all(
        sa.select(table)
        .where(table.c.execution_arn == execution_arn, table.c.began.is_not(None), table.c.status != SKIPPED)
        .order_by(order)
        .offset(offset)
        .limit(limit)
    )
    return [StepRow(**row) for row in found]


def earlier(tx: Tx, row: StepRow) -> list[StepRow]:
    """Successful runs of this step in other executions of its pipeline that the cache may use, newest first."""
    c = table.c
    found = tx.all(
        sa.select(table)
        .where(
            c.pipeline_arn == row.pipeline_arn,
            c.name == row.name,
            c.type == row.type,
            c.status == "Succeeded",
            c.cache_key.is_not(None),
            # A step that was itself a hit did nothing: its source is there with its own age.
            c.cache_source.is_(None),
            c.selective_source.is_(None),
            c.execution_arn != row.execution_arn,
        )
        .order_by(c.ended.desc())
        .limit(200)
    )
    return [StepRow(**one) for one in found]


def by_token(tx: Tx, token: str) -> StepRow | None:
    """The callback step that waits with this token, or None."""
    found = tx.one(sa.select(table).where(table.c.token == token))
    return StepRow(**found) if found else None


def by_made(tx: Tx, arn: str) -> StepRow | None:
    """The step that made this job, model or model package, or None."""
    found = tx.one(sa.select(table).where(table.c.made_arn == arn).order_by(table.c.started).limit(1))
    return StepRow(**found) if found else None


def forget(tx: Tx, pipeline_arn: str) -> None:
    """Remove every step of every execution of a pipeline."""
    tx.execute(sa.delete(table).where(table.c.pipeline_arn == pipeline_arn))


def reset(tx: Tx, row: StepRow) -> None:
    """Make a step wait again, for its next attempt; its count of attempts stays."""
    values = {
        "status": WAITING,
        "began": None,
        "started": None,
        "ended": None,
        "due": None,
        "failure_reason": None,
        "metadata": {},
        "properties": {},
        "property_files": {},
        "made_arn": "",
        "token": None,
        "facts": {name: row.facts[name] for name in ("DisplayName", "Description") if name in row.facts},
    }
    _update(tx, row, values)


def _update(tx: Tx, row: StepRow, values: JsonDict) -> None:
    # Values are passed beside the statement: building them into it costs more than the write.
    tx.execute(_statement(), {"own_execution": row.execution_arn, "own_name": row.name, **values})


@cache
def _statement() -> sa.Update:
    return sa.update(table).where(
        table.c.execution_arn == sa.bindparam("own_execution"), table.c.name == sa.bindparam("own_name")
    )
