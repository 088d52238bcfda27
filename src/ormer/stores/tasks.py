"""Tasks: intent that survives. A row says "look at this resource"; who claims it holds a lease and a fencing number.

A task is level-triggered: it carries no step of a plan, only its subject. Claiming raises `fence`; every write that a
claimed task makes goes through `held`, which refuses a holder whose lease was taken over. Waking a task that is
running makes it run once more, so no change is missed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.tables import tasks

# A parked task is due only when something wakes it.
PARKED = 4_102_444_800.0
LEASE_SECONDS = 30.0
# Asked at every turn: built once, since building a statement costs as much as running it.
FENCE = sa.select(tasks.c.fence).where(tasks.c.id == sa.bindparam("task"))
WAKE = (
    sa.update(tasks)
    .where(tasks.c.kind == sa.bindparam("of_kind"), tasks.c.subject == sa.bindparam("of_subject"))
    .values(due=0.0, due_calendar=None, wakes=tasks.c.wakes + 1)
)

# A task that waits for the calendar, or for later, is due soon; one that is due sooner stays so.
NUDGE = (
    sa.update(tasks)
    .where(tasks.c.kind == sa.bindparam("of_kind"), tasks.c.subject == sa.bindparam("of_subject"))
    .values(
        due=sa.case(
            (sa.or_(tasks.c.due_calendar.is_not(None), tasks.c.due > sa.bindparam("soon")), sa.bindparam("soon")),
            else_=tasks.c.due,
        ),
        due_calendar=None,
        wakes=tasks.c.wakes + 1,
    )
)


class LeaseLost(Exception):
    """Another holder has claimed the task: the write is refused, the work is theirs."""


@dataclass(frozen=True)
class Task:
    """A claimed task. `wakes` is its count of wake-ups at the time of the claim."""

    id: int
    kind: str
    subject: str
    fence: int
    wakes: int
    failures: int
    payload: dict[str, Any] = field(default_factory=dict)


def wake(tx: Tx, kind: str, subject: str, payload: dict[str, Any] | None = None) -> None:
    """Make the task run as soon as possible; creates it when it is not there."""
    found = tx.execute(WAKE, {"of_kind": kind, "of_subject": subject}).rowcount
    if not found:
        tx.execute(sa.insert(tasks).values(kind=kind, subject=subject, due=0.0, payload=payload or {}))
    tx.after_commit(tx.signals.tasks.send)


def nudge(tx: Tx, kind: str, subject: str, seconds: float) -> None:
    """Make a task that is there run within `seconds`; many nudges in that time make it run once."""
    tx.execute(NUDGE, {"of_kind": kind, "of_subject": subject, "soon": time.time() + seconds})


def schedule(tx: Tx, kind: str, subject: str, at: float, payload: dict[str, Any] | None = None) -> None:
    """Make the task run when the calendar reaches `at` (seconds); creates it or moves it."""
    found = tx.execute(
        sa.update(tasks).where(tasks.c.kind == kind, tasks.c.subject == subject).values(due=0.0, due_calendar=at)
    ).rowcount
    if not found:
        row = {"kind": kind, "subject": subject, "due": 0.0, "due_calendar": at, "payload": payload or {}}
        tx.execute(sa.insert(tasks).values(**row))


def due(tx: Tx, kinds: list[str], calendar_now: float) -> bool:
    """Whether a claim would find anything."""
    return tx.one(sa.select(tasks.c.id).where(*_due(kinds, calendar_now, time.time())).limit(1)) is not None


def claim(tx: Tx, owner: str, kinds: list[str], calendar_now: float, limit: int) -> list[Task]:
    """Take up to `limit` due tasks whose lease is free or over. The ordinary claim is the recovery after a crash."""
    now = time.time()
    c = tasks.c
    taken = []
    for row in tx.all(sa.select(tasks).where(*_due(kinds, calendar_now, now)).order_by(c.due, c.id).limit(limit)):
        won = tx.execute(
            sa.update(tasks)
            .where(c.id == row["id"], c.fence == row["fence"])
            .values(owner=owner, lease_until=now + LEASE_SECONDS, fence=c.fence + 1)
        ).rowcount
        if won:
            taken.append(
                Task(
                    row["id"],
                    row["kind"],
                    row["subject"],
                    row["fence"] + 1,
                    row["wakes"],
                    row["failures"],
                    row["payload"],
                )
            )
    return taken


def heartbeat(tx: Tx, held_tasks: list[Task]) -> None:
    """Prolong the leases of tasks that are still running."""
    until = time.time() + LEASE_SECONDS
    for task in held_tasks:
        tx.execute(sa.update(tasks).where(tasks.c.id == task.id, tasks.c.fence == task.fence).values(lease_until=until))


def held(tx: Tx, task: Task) -> None:
    """Raise LeaseLost unless the task is still this holder's. Call it first in every transaction a task makes."""
    fence = tx.one(FENCE, {"task": task.id})
    if fence is None or fence["fence"] != task.fence:
        raise LeaseLost(f"{task.kind} {task.subject}")


def finish(tx: Tx, task: Task) -> None:
    """Done: remove the task, unless it was woken while it ran."""
    c = tasks.c
    gone = tx.execute(sa.delete(tasks).where(c.id == task.id, c.fence == task.fence, c.wakes == task.wakes)).rowcount
    if not gone:
        _release(tx, task, due=0.0, failures=0)


def park(tx: Tx, task: Task, seconds: float | None, calendar: float | None = None) -> None:
    """Let go for `seconds`, until the calendar reaches `calendar`, or (both None) until something wakes it."""
    due = PARKED if seconds is None and calendar is None else time.time() + (seconds or 0.0)
    c = tasks.c
    parked = tx.execute(
        sa.update(tasks)
        .where(c.id == task.id, c.fence == task.fence, c.wakes == task.wakes)
        .values(owner=None, lease_until=None, due=due, due_calendar=calendar, failures=0, last_error=None)
    ).rowcount
    if not parked:
        _release(tx, task, due=0.0, failures=0)


def fail(tx: Tx, task: Task, error: str, retry_seconds: float) -> None:
    """The task raised: keep the error and try again later."""
    _release(tx, task, due=time.time() + retry_seconds, failures=task.failures + 1, error=error)


def release_all(tx: Tx) -> int:
    """Free every lease: for the start of a server that knows it is the only one. Returns how many were held."""
    return tx.execute(sa.update(tasks).where(tasks.c.owner.is_not(None)).values(owner=None, lease_until=None)).rowcount


def _due(kinds: list[str], calendar_now: float, now: float) -> tuple[sa.ColumnElement[bool], ...]:
    c = tasks.c
    return (
        c.kind.in_(kinds),
        c.due <= now,
        sa.or_(c.due_calendar.is_(None), c.due_calendar <= calendar_now),
        sa.or_(c.owner.is_(None), c.lease_until < now),
    )


def _release(tx: Tx, task: Task, *, due: float, failures: int, error: str | None = None) -> None:
    tx.execute(
        sa.update(tasks)
        .where(tasks.c.id == task.id, tasks.c.fence == task.fence)
        .values(owner=None, lease_until=None, due=due, failures=failures, last_error=error)
    )
