"""Executions of delivery pipelines: begun, moved on, told of; every change wakes the pipeline's one task."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ormer.aws.lifecycles import lifecycle
from ormer.stores import resources, tasks
from ormer.stores.database import Tx
from ormer.stores.deliveries import announcements
from ormer.stores.deliveries.tables import declarations
from ormer.stores.resources import Row
from ormer.stores.tables import events
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PIPELINE, EXECUTION = "DeliveryPipeline", "DeliveryExecution"
TASK = "delivery"
CREATION = "CreatePipeline"
FINAL = lifecycle(EXECUTION).final
MOVING = ("InProgress", "Stopping")
# The fact that holds the number of the last event before a pipeline was made.
SINCE = "since"
# How many events before that one are looked through: what is older was delivered long ago.
LOOK_BACK = 10_000


def begin(tx: Tx, pipeline: Row, trigger: JsonDict, now: float, *, actor: str, more: JsonDict, facts: JsonDict) -> Row:
    """A new execution of the pipeline's present version, waiting for its first stage.

    more: further members of its document. facts: further facts. Returns its row.
    """
    declaration = pipeline.document["pipeline"]
    number = int(pipeline.facts.get("executions", 0)) + 1
    resources.save(tx, pipeline, {}, now=now, facts={"executions": number}, touch=False)
    identifier = str(uuid.uuid4())
    document = {
        "pipelineName": pipeline.name,
        "pipelineVersion": declaration["version"],
        "pipelineExecutionId": identifier,
        "trigger": trigger,
        "executionMode": declaration["executionMode"],
        "executionType": "STANDARD",
        "artifactRevisions": [],
        **more,
    }
    own = {"number": number, "stage": 0, "inside": False, "stages": {}, "artifacts": {}, "outputs": {}, **facts}
    row = resources.create(
        tx,
        arn=arn_of(pipeline.arn, identifier),
        kind=EXECUTION,
        name=identifier,
        parent=pipeline.arn,
        document=document,
        now=now,
        status="InProgress",
        facts=own,
    )
    assert row is not None, "ids are new"
    announcements.execution(tx, row, now, actor)
    tasks.wake(tx, TASK, pipeline.arn)
    return row


def is_from_before(tx: Tx, pipeline: Row, event_id: str) -> bool:
    """Whether an event was told of before the pipeline was made."""
    c, since = events.c, int(pipeline.facts.get(SINCE, 0))
    return tx.one(sa.select(c.id).where(c.id <= since, c.id > since - LOOK_BACK, c.uuid == event_id)) is not None


def begun_by_creation(tx: Tx, pipeline: Row, event_id: str) -> Row | None:
    """The execution that the pipeline's creation began, when an event is from before: it has what the event tells of.

    A repository and its pipeline are often made together: the first commit is to start the pipeline once, not twice.
    """
    if not is_from_before(tx, pipeline, event_id):
        return None
    return next((row for row in all_of(tx, pipeline.arn) if row.document["trigger"]["triggerType"] == CREATION), None)


def arn_of(pipeline_arn: str, identifier: str) -> str:
    """What an execution is called among resources; AWS has no ARN for it."""
    return f"{pipeline_arn}/{identifier}"


def advance(
    tx: Tx,
    row: Row,
    to: str,
    *,
    now: float,
    expect: Collection[str] | None = None,
    change: JsonDict | None = None,
    facts: JsonDict | None = None,
    actor: str = "",
    state: str = "",
) -> Row | None:
    """Change an execution's status with its event; None when its status is not among the expected ones."""
    moved = resources.advance(tx, row.arn, to, now=now, expect=expect, change=change, facts=facts, actor=actor)
    if moved is not None:
        announcements.execution(tx, moved, now, actor, state)
        tasks.wake(tx, TASK, row.parent)
    return moved


def find(tx: Tx, pipeline_arn: str, identifier: str) -> Row | None:
    """The execution of this id, or None."""
    return resources.get(tx, arn_of(pipeline_arn, identifier))


def moving(tx: Tx, pipeline_arn: str) -> list[Row]:
    """Executions that have not ended, oldest first."""
    c = table.c
    found = resources.select(tx, c.kind == EXECUTION, c.parent == pipeline_arn, c.status.in_(MOVING))
    return sorted(found, key=lambda row: int(row.facts["number"]))


def all_of(tx: Tx, pipeline_arn: str) -> list[Row]:
    """Every execution of a pipeline, newest first."""
    found = resources.select(tx, table.c.kind == EXECUTION, table.c.parent == pipeline_arn)
    return sorted(found, key=lambda row: -int(row.facts["number"]))


def declare(tx: Tx, pipeline_arn: str, declaration: JsonDict, now: float) -> None:
    """Keep one version of a pipeline's declaration."""
    values = {"pipeline_arn": pipeline_arn, "version": declaration["version"], "created": now}
    tx.execute(sa.insert(declarations), {**values, "declaration": declaration})


def declaration(tx: Tx, pipeline_arn: str, version: int) -> JsonDict | None:
    """One version of a pipeline's declaration, or None."""
    c = declarations.c
    found = tx.one(sa.select(c.declaration).where(c.pipeline_arn == pipeline_arn, c.version == version))
    return dict(found["declaration"]) if found is not None else None


def forget(tx: Tx, pipeline_arn: str) -> None:
    """Remove every execution and declaration of a pipeline."""
    for row in all_of(tx, pipeline_arn):
        resources.delete(tx, row.arn)
    tx.execute(sa.delete(declarations).where(declarations.c.pipeline_arn == pipeline_arn))
