"""Collecting files that no row names: by age, so that none is taken from a writer or from a reader about to open it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Database, Tx
from ormer.stores.objects.blobs import Blobs
from ormer.stores.objects.tables import garbage, objects, parts, uploads
from ormer.stores.objects.versions import discard

# A reader that has looked an object up opens its file well within this.
GARBAGE_SECONDS_MIN = 3600.0
# A writer that has not written a byte for this long is dead.
ORPHAN_SECONDS_MIN = 24 * 3600.0
# A client that has not heard the answer to its Complete asks again well within this.
COMPLETED_SECONDS_MIN = 7 * 24 * 3600.0
BATCH_ROWS = 500


def sweep(
    database: Database,
    blobs: Blobs,
    garbage_seconds: float = GARBAGE_SECONDS_MIN,
    orphan_seconds: float = ORPHAN_SECONDS_MIN,
) -> int:
    """Delete files that lost their rows and files that a crash left without one. Returns how many."""
    now = time.time()
    return _take_out(database, blobs, now - garbage_seconds) + _collect_orphans(database, blobs, now - orphan_seconds)


def forget_completed(database: Database, calendar_now: float) -> None:
    """Remove uploads whose objects were made long ago; they are kept for a while to answer a repeated Complete."""
    old = sa.and_(uploads.c.completed.is_not(None), uploads.c.created < calendar_now - COMPLETED_SECONDS_MIN)
    with database.write() as tx:
        tx.execute(sa.delete(uploads).where(old))


def forget_uploads(tx: Tx, ids: Any) -> None:
    """Remove uploads and their parts; ids: a list or a SELECT of upload ids."""
    lost = tx.all(sa.delete(parts).where(parts.c.upload.in_(ids)).returning(parts.c.blob))
    discard(tx, [row["blob"] for row in lost])
    tx.execute(sa.delete(uploads).where(uploads.c.id.in_(ids)))


def _take_out(database: Database, blobs: Blobs, before: float) -> int:
    """Files lose their garbage row and then their name: a crash in between leaves an orphan, which is collected too."""
    swept = 0
    while True:
        with database.write() as tx:
            rows = tx.all(sa.select(garbage.c.blob).where(garbage.c.since < before).limit(BATCH_ROWS))
            noted = [row["blob"] for row in rows]
            unused = set(noted) - _named(tx, noted)
            tx.execute(sa.delete(garbage).where(garbage.c.blob.in_(noted)))
        if not noted:
            return swept
        for blob in unused:
            blobs.remove(blob)
        swept += len(unused)


def _collect_orphans(database: Database, blobs: Blobs, before: float) -> int:
    swept = 0
    for batch in _batches(blobs.older_than(before)):
        with database.read() as tx:
            waiting = tx.all(sa.select(garbage.c.blob).where(garbage.c.blob.in_(batch)))
            orphans = set(batch) - _named(tx, batch) - {row["blob"] for row in waiting}
        for blob in orphans:
            blobs.remove(blob)
        swept += len(orphans)
    return swept


def _named(tx: Tx, ids: list[str]) -> set[str]:
    """Those of `ids` that an object or a part names."""
    found: set[str] = set()
    for column in (objects.c.blob, parts.c.blob):
        found |= {row["blob"] for row in tx.all(sa.select(column.label("blob")).where(column.in_(ids)))}
    return found


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch
