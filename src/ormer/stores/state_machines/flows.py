"""Flows: where each sequence of states of an execution stands. What their data means, the engine knows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.state_machines.tables import activity_tasks, flows

JsonDict = dict[str, Any]
TASK = "state_machine_execution"
READY, AGAIN, WAITING, CALLING, ENDED = "ready", "again", "waiting", "calling", "ended"
# What a token's holder said is kept under this name in the flow's data.
OUTCOME, BEAT = "outcome", "beat"
TOKEN_BYTES = 128
COLUMNS = ("parent", "position", "scope", "state", "phase", "due", "watched", "token", "event", "data")


@dataclass
class Flow:
    """One row; its meaning stands beside the table."""

    execution_arn: str
    number: int
    parent: int | None
    position: int
    scope: list[Any]
    state: str
    phase: str
    event: int
    due: float | None = None
    watched: str | None = None
    token: str | None = None
    data: JsonDict = field(default_factory=dict)


def of(tx: Tx, execution_arn: str) -> dict[int, Flow]:
    """All flows of an execution, by their numbers."""
    statement = sa.select(flows).where(flows.c.execution_arn == execution_arn).order_by(flows.c.number)
    return {row["number"]: Flow(**row) for row in tx.all(statement)}


def insert(tx: Tx, flow: Flow) -> None:
    """Write a new flow."""
    tx.execute(sa.insert(flows).values(**vars(flow)))


def write(tx: Tx, flow: Flow) -> None:
    """Write a flow as it is now."""
    key = (flows.c.execution_arn == flow.execution_arn, flows.c.number == flow.number)
    tx.execute(sa.update(flows).where(*key).values({name: getattr(flow, name) for name in COLUMNS}))


def remove(tx: Tx, execution_arn: str, number: int | None = None) -> None:
    """Remove one flow of an execution, or all; tasks of activities that nobody took go with them."""
    where = [flows.c.execution_arn == execution_arn]
    if number is not None:
        where.append(flows.c.number == number)
    gone = sa.select(flows.c.token).where(*where, flows.c.token.is_not(None))
    tx.execute(sa.delete(activity_tasks).where(activity_tasks.c.token.in_(gone)))
    tx.execute(sa.delete(flows).where(*where))


# -- tokens -------------------------------------------------------------------------------------------------------


def new_token() -> str:
    """A token that nobody guesses: 256 characters, kept with the flow that waits for it."""
    return secrets.token_hex(TOKEN_BYTES)


def by_token(tx: Tx, token: str) -> Flow | None:
    """The flow that waits for a token; None when none does any more."""
    found = tx.one(sa.select(flows).where(flows.c.token == token))
    return Flow(**found) if found is not None and found["phase"] == WAITING else None


def settle(tx: Tx, flow: Flow, outcome: JsonDict) -> None:
    """Keep what a token's holder said, and wake the execution."""
    flow.data = {**flow.data, OUTCOME: outcome}
    flow.token = None
    write(tx, flow)
    tasks.wake(tx, TASK, flow.execution_arn)


def beat(tx: Tx, flow: Flow, now: float) -> None:
    """Keep that a token's holder lives, and let the execution wait anew."""
    flow.data = {**flow.data, BEAT: now}
    write(tx, flow)
    tasks.wake(tx, TASK, flow.execution_arn)


# -- activities ---------------------------------------------------------------------------------------------------


def offer(tx: Tx, activity_arn: str, token: str) -> None:
    """Let whoever works for an activity take a task."""
    tx.execute(sa.insert(activity_tasks).values(activity_arn=activity_arn, token=token))


def take(tx: Tx, activity_arn: str) -> Flow | None:
    """The flow of the activity's oldest task, which nobody else gets from now on; None without one."""
    c = activity_tasks.c
    while True:
        found = tx.one(sa.select(activity_tasks).where(c.activity_arn == activity_arn).order_by(c.id).limit(1))
        if found is None:
            return None
        tx.execute(sa.delete(activity_tasks).where(c.id == found["id"]))
        flow = by_token(tx, found["token"])
        if flow is not None:
            return flow
