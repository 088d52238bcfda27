"""Tasks: intent that survives. A row says "look at this resource"; who claims it holds a lease and a fencing number.

A task is level-triggered: it carries no step of a plan, only its subject. Claiming raises `fence`; every write that a
claimed task makes goes through `held`, which refuses a holder whose lease was taken over. Waking a task that is
running makes it run once more, so no change is missed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores.database import Tx
from ormer.stores.tables import tasks

# A parked task is due only when something wakes it.
PARKED = 4_102_444_800.0
LEASE_SECONDS = 30.0
# Leaves room to count upwards in 32 bits.
FIRST_FENCE_MAX = 1 << 30
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
DUE_OF = sa.select(tasks.c.due, tasks.c.due_calendar).where(
    tasks.c.kind == sa.bindparam("of_kind"), tasks.c.subject == sa.bindparam("of_subject")
)
# A woken task whose lease is free: claimed in the transaction that woke it.
CLAIM = (
    sa.update(tasks)
    .where(
        tasks.c.kind == sa.bindparam("of_kind"),
        tasks.c.subject == sa.bindparam("of_subject"),
        tasks.c.due <= sa.bindparam("at"),
        tasks.c.due_calendar.is_(None),
        sa.or_(tasks.c.owner.is_(None), tasks.c.lease_until < sa.bindparam("at")),
    )
    .values(owner=sa.bindparam("by"), lease_until=sa.bindparam("until"), fence=tasks.c.fence + 1)
    .returning(tasks)
)
OWN = (tasks.c.id == sa.bindparam("task"), tasks.c.fence == sa.bindparam("own_fence"))
UNWOKEN = (*OWN, tasks.c.wakes == sa.bindparam("own_wakes"))
FINISH = sa.delete(tasks).where(*UNWOKEN)
PARK = (
    sa.update(tasks)
    .where(*UNWOKEN)
    .values(
        owner=None,
        lease_until=None,
        due=sa.bindparam("at"),
        due_calendar=sa.bindparam("calendar"),
        failures=0,
        last_error=None,
    )
)


class LeaseLost(Exception):
    """Another holder has claimed the task: the write is refused, the work is theirs."""


@dataclass(frozen=True)
class Task:
    """A claimed task. `wakes` is its count of wake-ups at the time of the claim.

    failures: how often its function has raised since it last ended well. last_error: the traceback of the last time.
    """

    id: int
    kind: str
    subject: str
    fence: int
    wakes: int
    failures: int
    payload: dict[str, Any] = field(default_factory=dict)
    last_error: str | None = None


def wake(tx: Tx, kind: str, subject: str, payload: dict[str, Any] | None = None) -> None:
    """Make the task run as soon as possible; creates it when it is not there."""
    found = tx.execute(WAKE, {"of_kind": kind, "of_subject": subject}).rowcount
    if not found:
        tx.execute(sa.insert(tasks), {**_new(kind, subject, payload), "due": 0.0})
    tx.woken[kind, subject] = None


def nudge(tx: Tx, kind: str, subject: str, seconds: float) -> None:
    """Make a task that is there run within `seconds`; many nudges in that time make it run once."""
    if tx.execute(NUDGE, {"of_kind": kind, "of_subject": subject, "soon": time.time() + seconds}).rowcount:
        tx.after_commit(tx.signals.tasks.send)


def gather(tx: Tx, kind: str, subject: str, seconds: float) -> None:
    """Make the task run within `seconds`, for all that comes until then; creates it when it is not there.

    Costs no write while it is due so soon already.
    """
    now = time.time()
    found = tx.one(DUE_OF, {"of_kind": kind, "of_subject": subject})
    if found is None:
        tx.execute(sa.insert(tasks), {**_new(kind, subject, None), "due": now + seconds})
        tx.after_commit(tx.signals.tasks.send)
    elif found["due_calendar"] is not None or not 0 < found["due"] - now <= seconds:
        nudge(tx, kind, subject, seconds)


def schedule(tx: Tx, kind: str, subject: str, at: float, payload: dict[str, Any] | None = None) -> None:
    """Make the task run when the calendar reaches `at` (seconds); creates it or moves it."""
    found = tx.execute(
        sa.update(tasks).where(tasks.c.kind == kind, tasks.c.subject == subject).values(due=0.0, due_calendar=at)
    ).rowcount
    if not found:
        tx.execute(sa.insert(tasks), {**_new(kind, subject, payload), "due": 0.0, "due_calendar": at})
    tx.after_commit(tx.signals.tasks.send)


def _new(kind: str, subject: str, payload: dict[str, Any] | None) -> dict[str, Any]:
    """A task's first row. Numbers of rows that are gone come again: fences must not, or who held the last task of that
    number would hold this one."""
    return {"kind": kind, "subject": subject, "payload": payload or {}, "fence": secrets.randbelow(FIRST_FENCE_MAX)}


def due(tx: Tx, kinds: list[str], calendar_now: float) -> bool:
    """Whether a claim would find anything."""
    return tx.one(sa.select(tasks.c.id).where(*_due(kinds, calendar_now, time.time())).limit(1)) is not None


def next_due(tx: Tx, kinds: list[str]) -> tuple[float | None, float | None]:
    """When the first task that nobody holds is due: (in seconds by the machine's clock, when by the calendar)."""
    c = tasks.c
    soonest = sa.func.min(sa.case((c.due_calendar.is_(None), c.due)))
    found = tx.one(
        sa.select(soonest.label("machine"), sa.func.min(c.due_calendar).label("calendar")).where(
            c.kind.in_(kinds), c.owner.is_(None)
        )
    )
    assert found is not None, "an aggregate has one row"
    machine = found["machine"]
    return None if machine is None else machine - time.time(), found["calendar"]


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
            taken.append(_task(row, row["fence"] + 1))
    return taken


def claim_woken(tx: Tx, owner: str, kind: str, subject: str) -> Task | None:
    """Take a task in the transaction that wakes it; None when somebody holds it, who will see that it was woken."""
    now = time.time()
    values = {"of_kind": kind, "of_subject": subject, "at": now, "by": owner, "until": now + LEASE_SECONDS}
    row = tx.one(CLAIM, values)
    return None if row is None else _task(row, row["fence"])


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
    gone = tx.execute(FINISH, _unwoken(task)).rowcount
    if not gone:
        _again(tx, task)


def park(tx: Tx, task: Task, seconds: float | None, calendar: float | None = None) -> None:
    """Let go for `seconds`, until the calendar reaches `calendar`, or (both None) until something wakes it."""
    due = PARKED if seconds is None and calendar is None else time.time() + (seconds or 0.0)
    parked = tx.execute(PARK, {**_unwoken(task), "at": due, "calendar": calendar}).rowcount
    if not parked or (seconds is not None and seconds <= 0 and calendar is None):
        _again(tx, task)


def fail(tx: Tx, task: Task, error: str, retry_seconds: float, counted: bool = True) -> None:
    """The task raised: keep the error and try again later. counted: whether it was the task's own fault."""
    _release(tx, task, due=time.time() + retry_seconds, failures=task.failures + counted, error=error)


def run_anew(tx: Tx, task: Task) -> None:
    """Let the task run again at once, as if it had never failed."""
    _again(tx, task)


def failing(tx: Tx) -> Sequence[RowMapping]:
    """Tasks that raised when they last ran, the oftenest first: kind, subject, failures, last_error."""
    c = tasks.c
    wanted = sa.select(c.kind, c.subject, c.failures, c.last_error)
    return tx.all(wanted.where(c.last_error.is_not(None)).order_by(c.failures.desc(), c.id))


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


def _task(row: RowMapping, fence: int) -> Task:
    known = {name: row[name] for name in ("id", "kind", "subject", "wakes", "failures", "payload", "last_error")}
    return Task(**known, fence=fence)


def _unwoken(task: Task) -> dict[str, int]:
    return {"task": task.id, "own_fence": task.fence, "own_wakes": task.wakes}


def _again(tx: Tx, task: Task) -> None:
    """It was woken while it ran, or asks to go on at once."""
    _release(tx, task, due=0.0, failures=0)
    tx.woken[task.kind, task.subject] = None


def _release(tx: Tx, task: Task, *, due: float, failures: int, error: str | None = None) -> None:
    tx.execute(
        sa.update(tasks)
        .where(tasks.c.id == task.id, tasks.c.fence == task.fence)
        .values(owner=None, lease_until=None, due=due, failures=failures, last_error=error)
    )
