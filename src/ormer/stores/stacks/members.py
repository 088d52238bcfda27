"""A stack's resources: one row a physical resource, and what is left to be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.stacks.tables import members as table

JsonDict = dict[str, Any]
NEW, OLD, STRAY, STANDS = "new", "old", "stray", ""


@dataclass
class Member:
    """One physical resource; the columns of `stack_members`."""

    stack_arn: str
    logical_id: str
    type: str
    position: int
    modified: float
    id: int = 0
    physical_id: str = ""
    arn: str = ""
    part: str = STANDS
    todo: str = ""
    waits: bool = False
    status: str = ""
    reason: str = ""
    properties: JsonDict = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    attributes: JsonDict = field(default_factory=dict)
    declared: JsonDict = field(default_factory=dict)
    before: JsonDict | None = None

    @property
    def depends(self) -> list[str]:
        return list(self.declared.get("depends", ()))

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")


def of(tx: Tx, stack_arn: str) -> list[Member]:
    """Every row of a stack, in its template's order."""
    found = tx.all(sa.select(table).where(table.c.stack_arn == stack_arn).order_by(table.c.position, table.c.id))
    return [Member(**row) for row in found]


def add(tx: Tx, member: Member) -> Member:
    """Insert a row; its number is set."""
    values = {name: value for name, value in member.__dict__.items() if name != "id"}
    key = tx.execute(sa.insert(table), values).inserted_primary_key
    assert key is not None
    member.id = int(key[0])
    return member


def change(tx: Tx, member: Member, **values: Any) -> None:
    """Change columns, in the database and in `member`."""
    tx.execute(sa.update(table).where(table.c.id == member.id).values(**values))
    for name, value in values.items():
        setattr(member, name, value)


def drop(tx: Tx, member: Member) -> None:
    """Remove a row: the resource is gone."""
    tx.execute(sa.delete(table).where(table.c.id == member.id))


def shown(rows: Iterable[Member]) -> list[Member]:
    """One row a logical id, as DescribeStackResources answers: the coming one before the one that goes.

    What has not begun is not shown.
    """
    chosen: dict[str, Member] = {}
    for row in rows:
        if row.status and (row.logical_id not in chosen or row.part not in (OLD, STRAY)):
            chosen[row.logical_id] = row
    return list(chosen.values())


def with_physical_id(tx: Tx, physical_id: str) -> list[Member]:
    """Rows that stand for this physical resource."""
    return [Member(**row) for row in tx.all(sa.select(table).where(table.c.physical_id == physical_id))]
