"""The queues of asynchronous endpoints: a row is an acknowledged request whose answer is not written yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.tables import Document, metadata

async_inferences = sa.Table(
    "async_inferences",
    metadata,
    # The order in which they are taken up.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("endpoint_arn", sa.Text, nullable=False),
    sa.Column("inference_id", sa.Text, nullable=False),
    # Calendar seconds.
    sa.Column("received", sa.Float, nullable=False),
    # What InvokeEndpointAsync was asked, in AWS's words, less the body.
    sa.Column("request", Document, nullable=False),
    # A body that came with the request; None when the input is an object.
    sa.Column("body", sa.LargeBinary),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False, default=""),
    sa.Index("ix_async_inferences_endpoint_arn", "endpoint_arn", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Queued:
    """One waiting request; `output` and `failure` are S3 URIs, `failure` is "" where nobody wants to know."""

    id: int
    endpoint_arn: str
    inference_id: str
    received: float
    request: dict[str, Any]
    body: bytes | None
    output: str
    failure: str


def add(tx: Tx, **values: Any) -> None:
    """Put a request at the end of its endpoint's queue."""
    tx.execute(sa.insert(async_inferences), values)


def oldest(tx: Tx, endpoint_arn: str, limit: int) -> Sequence[Queued]:
    """The first requests of an endpoint's queue."""
    c = async_inferences.c
    rows = tx.all(sa.select(async_inferences).where(c.endpoint_arn == endpoint_arn).order_by(c.id).limit(limit))
    return [Queued(**row) for row in rows]


def count(tx: Tx, endpoint_arn: str) -> int:
    """How many requests an endpoint's queue holds, those under way included."""
    row = tx.one(sa.select(sa.func.count().label("n")).where(async_inferences.c.endpoint_arn == endpoint_arn))
    return int(row["n"]) if row else 0


def remove(tx: Tx, number: int) -> bool:
    """The request is answered. False when it was removed already."""
    return bool(tx.execute(sa.delete(async_inferences).where(async_inferences.c.id == number)).rowcount)


def endpoints(tx: Tx) -> list[str]:
    """ARNs of the endpoints whose queues are not empty."""
    return [row["endpoint_arn"] for row in tx.all(sa.select(async_inferences.c.endpoint_arn).distinct())]
