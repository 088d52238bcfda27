"""Tasks that were given up because their function raised again and again: kept for who looks after this server.

What such a task worked for has ended with the reason; here stands the traceback.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores.database import Tx
from ormer.stores.tables import metadata
from ormer.stores.tasks import Task

KEPT_SECONDS = 30 * 86_400.0

given_up = sa.Table(
    "given_up_tasks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # Calendar seconds.
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)


def record(tx: Tx, task: Task, error: str, now: float) -> None:
    """Keep that a task was given up. error: the traceback."""
    tx.execute(sa.insert(given_up), {"kind": task.kind, "subject": task.subject, "at": now, "error": error})


def since(tx: Tx, moment: float) -> Sequence[RowMapping]:
    """Those given up since a moment, the newest first: kind, subject, at, error."""
    return tx.all(sa.select(given_up).where(given_up.c.at >= moment).order_by(given_up.c.id.desc()))


def forget_old(tx: Tx, now: float) -> None:
    """Throw away what is too old to be of use."""
    tx.execute(sa.delete(given_up).where(given_up.c.at < now - KEPT_SECONDS))
