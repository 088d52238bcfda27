"""Deliveries: one durable row for each event, sender and target, written once however often an event is matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.rules.tables import event_deliveries as table

JsonDict = dict[str, Any]
TASK = "event_delivery"
PENDING, DELIVERED, DEAD = "Pending", "Delivered", "Dead"
# Ended deliveries that are kept of each rule or schedule.
KEPT = 200


@dataclass(frozen=True)
class Delivery:
    """One row; the columns of `event_deliveries`. Times are calendar seconds."""

    id: int
    sender: str
    target_id: str
    event_id: str
    replay: str
    target: JsonDict
    event: JsonDict | None
    created: float
    status: str
    attempts: int
    ended: float | None
    answer: JsonDict | None
    error: JsonDict | None


def enqueue(
    tx: Tx, *, sender: str, target: JsonDict, event_id: str, event: JsonDict | None, now: float, replay: str = ""
) -> bool:
    """Write a delivery and the task that makes it; False when this event was enqueued for this target before."""
    key = {"sender": sender, "target_id": target.get("Id", ""), "event_id": event_id, "replay": replay}
    values = {**key, "target": target, "event": event, "created": now, "status": PENDING, "attempts": 0}
    if not tx.execute(insert_or_ignore(tx, table), values).rowcount:
        return False
    row = tx.one(sa.select(table.c.id).where(*(table.c[name] == value for name, value in key.items())))
    assert row is not None, "it was written a moment ago"
    tasks.wake(tx, TASK, str(row["id"]))
    return True


def get(tx: Tx, identifier: int) -> Delivery | None:
    """The delivery of this number, or None."""
    row = tx.one(sa.select(table).where(table.c.id == identifier))
    return Delivery(**row) if row else None


def delivered(tx: Tx, delivery: Delivery, answer: JsonDict, now: float) -> None:
    """The target took it."""
    _end(tx, delivery, DELIVERED, now, answer=answer)


def failed(tx: Tx, delivery: Delivery, error: JsonDict) -> None:
    """An attempt failed; another will follow."""
    change = {"attempts": delivery.attempts + 1, "error": error}
    tx.execute(sa.update(table).where(table.c.id == delivery.id).values(**change))


def bury(tx: Tx, delivery: Delivery, error: JsonDict, now: float) -> None:
    """Nothing more is tried: what AWS hands to a dead-letter queue."""
    _end(tx, delivery, DEAD, now, error=error)


def _end(tx: Tx, delivery: Delivery, status: str, now: float, **change: Any) -> None:
    attempts = delivery.attempts + 1
    statement = sa.update(table).where(table.c.id == delivery.id)
    tx.execute(statement.values(status=status, ended=now, attempts=attempts, **change))


def of(tx: Tx, sender: str, limit: int = 50, status: str | None = None) -> list[Delivery]:
    """Deliveries of a rule or schedule, newest first."""
    where = [table.c.sender == sender]
    if status is not None:
        where.append(table.c.status == status)
    rows = tx.all(sa.select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
    return [Delivery(**row) for row in rows]


def about(tx: Tx, event_id: str, limit: int = 50) -> list[Delivery]:
    """Deliveries of an event, whatever sent them, newest first."""
    rows = tx.all(sa.select(table).where(table.c.event_id == event_id).order_by(table.c.id.desc()).limit(limit))
    return [Delivery(**row) for row in rows]


def dead(tx: Tx, account: str, region: str, limit: int = 100) -> list[Delivery]:
    """The dead letters of an account in a region, newest first."""
    c = table.c
    where = (c.status == DEAD, c.sender.like(f"arn:%:{region}:{account}:%"))
    return [Delivery(**row) for row in tx.all(sa.select(table).where(*where).order_by(c.id.desc()).limit(limit))]


def prune(tx: Tx) -> int:
    """Throw away all but the newest ended deliveries of each sender. Returns how many went."""
    c = table.c
    rank = sa.func.row_number().over(partition_by=c.sender, order_by=c.id.desc())
    ranked = sa.select(c.id, rank.label("rank")).where(c.status != PENDING).subquery()
    old = sa.select(ranked.c.id).where(ranked.c.rank > KEPT)
    return tx.execute(sa.delete(table).where(c.id.in_(old))).rowcount
