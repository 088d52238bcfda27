"""Lineage's edges: what contributed to, produced, derived from or is associated with what."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.tables import associations


def connect(tx: Tx, source: str, destination: str, kind: str, now: float, actor: dict[str, Any] | None = None) -> bool:
    """Draw an edge of AWS's type `kind` (ContributedTo, AssociatedWith, DerivedFrom, Produced, SameAs).

    False when an edge between the two is there already.
    """
    parts = arns.parse(source)
    made = tx.execute(
        insert_or_ignore(tx, associations),
        {
            "source": source,
            "destination": destination,
            "account": parts.account,
            "region": parts.region,
            "type": kind,
            "created": now,
            "actor": actor,
        },
    )
    return bool(made.rowcount)


def disconnect(tx: Tx, source: str, destination: str) -> bool:
    """Remove an edge; False when there is none."""
    gone = tx.execute(
        sa.delete(associations).where(associations.c.source == source, associations.c.destination == destination)
    )
    return bool(gone.rowcount)


def edges(tx: Tx, *conditions: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Edges that meet conditions on `tables.associations`, newest first."""
    statement = sa.select(associations).where(*conditions).order_by(associations.c.created.desc())
    return [dict(row) for row in tx.all(statement)]
