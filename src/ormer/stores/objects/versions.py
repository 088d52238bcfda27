"""Rows of objects: adding, finding and removing versions, each inside a transaction of the caller's."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.objects import faults, notices
from ormer.stores.objects.rows import DEFAULT_CONTENT_TYPE, NULL_VERSION, Bucket, Object, encode_key, object_of
from ormer.stores.objects.tables import garbage
from ormer.stores.objects.tables import objects as table


@dataclass(frozen=True)
class Contents:
    """Bytes that are durable already, waiting for their row. etag: without quotes. size: bytes."""

    blob: str
    etag: str
    size: int
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Conditions:
    """What must hold for a write. if_match: an ETag, None for no matter. if_absent: the key must not be there."""

    if_match: str | None = None
    if_absent: bool = False


NO_CONDITIONS = Conditions()

# Built once: composing a statement costs more than running it, and every read and write of an object runs these.
_SAME_KEY = sa.and_(table.c.bucket == sa.bindparam("in_bucket"), table.c.key == sa.bindparam("with_key"))
LATEST = sa.select(table).where(_SAME_KEY, table.c.latest.is_(True))
VERSION = sa.select(table).where(_SAME_KEY, table.c.version == sa.bindparam("of_version"))
HIDE_LATEST = sa.update(table).where(_SAME_KEY, table.c.latest.is_(True)).values(latest=False)
DROP_VERSION = sa.delete(table).where(_SAME_KEY, table.c.version == sa.bindparam("of_version")).returning(table.c.blob)
INSERT = sa.insert(table)


def latest(tx: Tx, bucket: str, key: str) -> Object | None:
    """What the key means now, a delete marker included; None when there is nothing."""
    row = tx.execute(LATEST, {"in_bucket": bucket, "with_key": encode_key(key)}).mappings().first()
    return object_of(row) if row else None


def version(tx: Tx, bucket: str, key: str, version_id: str) -> Object | None:
    """One version, a delete marker included."""
    named = {"in_bucket": bucket, "with_key": encode_key(key), "of_version": version_id}
    row = tx.one(VERSION, named)
    return object_of(row) if row else None


def add(
    tx: Tx,
    bucket: Bucket,
    key: str,
    contents: Contents,
    *,
    now: float,
    content_type: str = "",
    document: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    conditions: Conditions = NO_CONDITIONS,
    reason: str = "PutObject",
) -> Object:
    """Make contents the key's latest version. Raises PreconditionFailed, and NoSuchKey for If-Match without a key.

    reason: the operation's name, for the event.
    """
    if conditions != NO_CONDITIONS:
        _hold(latest(tx, bucket.name, key), key, conditions)
    made = _put_row(
        tx,
        bucket,
        key,
        etag=contents.etag,
        size=contents.size,
        blob=contents.blob,
        modified=now,
        marker=False,
        content_type=content_type or DEFAULT_CONTENT_TYPE,
        document={**(document or {}), **contents.checksums},
        tags=dict(tags or {}),
    )
    notices.created(tx, bucket, made, reason, now)
    return made


def remove(tx: Tx, bucket: Bucket, key: str, *, now: float, version_id: str | None = None) -> Object | None:
    """Delete a key, or one version of it. Returns the version removed or the delete marker made; None for nothing.

    With versioning a delete without a version adds a delete marker.
    """
    gone = _remove(tx, bucket, key, now, version_id)
    if gone is not None:
        notices.deleted(tx, bucket, gone, now)
    return gone


def _remove(tx: Tx, bucket: Bucket, key: str, now: float, version_id: str | None) -> Object | None:
    if version_id is not None:
        return _remove_version(tx, bucket, key, version_id)
    if bucket.versioning:
        return _put_row(
            tx,
            bucket,
            key,
            etag="",
            size=0,
            blob=None,
            modified=now,
            marker=True,
            content_type="",
            document={},
            tags={},
        )
    return _remove_version(tx, bucket, key, NULL_VERSION)


def change(tx: Tx, found: Object, values: Mapping[str, Any]) -> None:
    """Set columns (tags, document) of one version."""
    c = table.c
    tx.execute(
        sa.update(table)
        .where(c.bucket == found.bucket, c.key == encode_key(found.key), c.version == found.version)
        .values(**values)
    )


def discard(tx: Tx, blobs: Iterable[str]) -> None:
    """Note files that lost a row; the sweep deletes those that have no other."""
    since = time.time()
    lost = [{"blob": blob, "since": since} for blob in blobs]
    if lost:
        tx.execute(insert_or_ignore(tx, garbage), lost)


def _hold(current: Object | None, key: str, conditions: Conditions) -> None:
    present = current is not None and not current.marker
    if conditions.if_absent and present:
        raise faults.precondition_failed("If-None-Match")
    if conditions.if_match is None:
        return
    if current is None or not present:
        raise faults.no_such_key(key)
    if conditions.if_match not in ("*", current.etag):
        raise faults.precondition_failed("If-Match")


def _put_row(tx: Tx, bucket: Bucket, key: str, **values: Any) -> Object:
    raw = encode_key(key)
    name = secrets.token_urlsafe(24) if bucket.versioning == "Enabled" else NULL_VERSION
    if name == NULL_VERSION:
        _drop(tx, bucket, raw, NULL_VERSION)
    if bucket.versioning:
        tx.execute(HIDE_LATEST, {"in_bucket": bucket.name, "with_key": raw})
    row = {"bucket": bucket.name, "key": raw, "version": name, "latest": True, **values}
    tx.execute(INSERT, row)
    return object_of(row)


def _remove_version(tx: Tx, bucket: Bucket, key: str, version_id: str) -> Object | None:
    found = version(tx, bucket.name, key, version_id)
    if found is None:
        return None
    c, raw = table.c, encode_key(key)
    _drop(tx, bucket, raw, version_id)
    if found.latest and (bucket.versioning or found.version != NULL_VERSION):
        newest = sa.select(sa.func.max(c.id)).where(c.bucket == bucket.name, c.key == raw).scalar_subquery()
        tx.execute(sa.update(table).where(c.id == newest).values(latest=True))
    return found


def _drop(tx: Tx, bucket: Bucket, key: bytes, version_id: str) -> None:
    named = {"in_bucket": bucket.name, "with_key": key, "of_version": version_id}
    lost = tx.execute(DROP_VERSION, named).scalars().all()
    discard(tx, [blob for blob in lost if blob])
