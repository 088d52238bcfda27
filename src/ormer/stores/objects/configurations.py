"""Bucket configurations: documents in AWS's words, by the members AWS names them by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.objects.rows import Bucket
from ormer.stores.objects.tables import buckets as table


def put(tx: Tx, bucket: Bucket, kind: str, document: dict[str, Any]) -> None:
    """Keep a document, replacing what was there. `bucket` must have been read in this transaction."""
    _write(tx, bucket, {**bucket.configurations, kind: document})


def delete(tx: Tx, bucket: Bucket, kind: str) -> None:
    """Forget a document; nothing happens when there is none."""
    _write(tx, bucket, {name: document for name, document in bucket.configurations.items() if name != kind})


def _write(tx: Tx, bucket: Bucket, configurations: dict[str, Any]) -> None:
    tx.execute(sa.update(table).where(table.c.name == bucket.name).values(configurations=configurations))
