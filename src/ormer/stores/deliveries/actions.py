"""Runs of actions: what ListActionExecutions answers and the delivery engine moves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.deliveries import announcements
from ormer.stores.deliveries.tables import actions as table
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
IN_PROGRESS, SUCCEEDED, FAILED, ABANDONED = "InProgress", "Succeeded", "Failed", "Abandoned"


@dataclass
class ActionRow:
    """One run of one action; the columns of `delivery_actions`. Times are seconds since the epoch."""

    id: str
    pipeline_arn: str
    execution_arn: str
    version: int
    stage: str
    action: str
    status: str
    started: float
    modified: float
    current: bool = True
    input: JsonDict = field(default_factory=dict)
    output: JsonDict = field(default_factory=dict)
    facts: JsonDict = field(default_factory=dict)
    number: int = 0

    @property
    def execution_id(self) -> str:
        return self.execution_arn.rpartition("/")[2]

    @property
    def result(self) -> JsonDict:
        """Its executionResult, {} where it has none yet."""
        return dict(self.output.get("executionResult", {}))


def begin(tx: Tx, execution: Row, row: ActionRow, now: float) -> None:
    """Write a new run, with its event."""
    values = {name: value for name, value in row.__dict__.items() if name != "number"}
    key = tx.execute(sa.insert(table), values).inserted_primary_key
    assert key is not None
    row.number = int(key[0])
    announcements.action(tx, execution, row, now)


def change(tx: Tx, execution: Row, row: ActionRow, now: float, **values: Any) -> None:
    """Change columns of a run, in the database and in `row`; a new status is announced."""
    previous = row.status
    values["modified"] = now
    tx.execute(sa.update(table).where(table.c.id == row.id).values(**values))
    for name, value in values.items():
        setattr(row, name, value)
    if row.status != previous:
        announcements.action(tx, execution, row, now)


def current(tx: Tx, execution_arn: str, stage: str) -> dict[str, ActionRow]:
    """{action: its run} in a stage of an execution, those put aside by a retry left out."""
    c = table.c
    where = (c.execution_arn == execution_arn, c.stage == stage, c.current.is_(True))
    found = tx.all(sa.select(table).where(*where).order_by(c.number))
    return {row["action"]: ActionRow(**row) for row in found}


def put_aside(tx: Tx, rows: Collection[ActionRow]) -> None:
    """Let actions run again."""
    tx.execute(sa.update(table).where(table.c.id.in_([row.id for row in rows])).values(current=False))


def get(tx: Tx, run_id: str) -> ActionRow | None:
    """A run by its id, or None."""
    found = tx.one(sa.select(table).where(table.c.id == run_id))
    return ActionRow(**found) if found is not None else None


def latest(tx: Tx, pipeline_arn: str, stage: str, action: str) -> ActionRow | None:
    """The newest run of an action in any execution, or None."""
    c = table.c
    where = (c.pipeline_arn == pipeline_arn, c.stage == stage, c.action == action)
    found = tx.one(sa.select(table).where(*where).order_by(c.number.desc()).limit(1))
    return ActionRow(**found) if found is not None else None


def latest_with(tx: Tx, pipeline_arn: str, stage: str, action: str, token: str) -> ActionRow | None:
    """The newest run of an approval whose token this is, or None."""
    c = table.c
    where = (c.pipeline_arn == pipeline_arn, c.stage == stage, c.action == action)
    rows = [ActionRow(**row) for row in tx.all(sa.select(table).where(*where).order_by(c.number.desc()).limit(100))]
    return next((row for row in rows if row.facts.get("token") == token), None)


def listed(
    tx: Tx, pipeline_arn: str, execution_arn: str | None, offset: int, limit: int, only_current: bool = False
) -> list[ActionRow]:
    """Runs, newest first: of one execution, or of all; only_current: without those put aside by a retry."""
    c = table.c
    where = [c.pipeline_arn == pipeline_arn]
    if execution_arn is not None:
        where.append(c.execution_arn == execution_arn)
    if only_current:
        where.append(c.current.is_(True))
    found = tx.all(sa.select(table).where(*where).order_by(c.number.desc()).offset(offset).limit(limit))
    return [ActionRow(**row) for row in found]


def forget(tx: Tx, pipeline_arn: str) -> None:
    """Remove every run of a pipeline's actions."""
    tx.execute(sa.delete(table).where(table.c.pipeline_arn == pipeline_arn))
