"""Records in the database: the online store, and the queue of the offline store, written in one transaction.

Online the latest event wins: a record whose event is older than what is there changes nothing. Offline every record is
appended. What is queued is acknowledged, and stays until its object is there.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.features.groups import OFFLINE_TASK, Group
from ormer.stores.features.tables import offline_records, online_records

JsonDict = dict[str, Any]
# What comes within this time goes into the same objects; at AWS it takes up to fifteen minutes.
FLUSH_SECONDS = 2.0
# How many values a statement may have is limited.
NUMBERS_AT_ONCE = 500
# Built once: every record runs them.
ONE = sa.select(online_records).where(
    online_records.c.group == sa.bindparam("of_group"), online_records.c.identifier == sa.bindparam("of_identifier")
)
ADD = sa.insert(online_records)
REPLACE = (
    sa.update(online_records)
    .where(
        online_records.c.group == sa.bindparam("of_group"), online_records.c.identifier == sa.bindparam("of_identifier")
    )
    .values({name: sa.bindparam(name) for name in ("event_time", "expires", "deleted", "record")})
)
QUEUE = sa.insert(offline_records)


@dataclass(frozen=True)
class Record:
    """A record of the online store. expires: when it is gone (calendar seconds), None for never."""

    identifier: str
    event_time: float
    features: Sequence[JsonDict]
    expires: float | None


def put_online(
    tx: Tx,
    group: Group,
    identifier: str,
    event_time: float,
    features: Sequence[JsonDict],
    *,
    now: float,
    ttl_seconds: int | None = None,
    deleted: bool = False,
) -> bool:
    """Keep a record unless a later one is there. Returns whether it was kept."""
    there = tx.one(ONE, {"of_group": group.row.arn, "of_identifier": identifier})
    if not _newest(there, event_time, now):
        return False
    expires = None if ttl_seconds is None else event_time + ttl_seconds
    row = {
        "group": group.row.arn,
        "identifier": identifier,
        "event_time": event_time,
        "expires": expires,
        "deleted": deleted,
        "record": list(features),
    }
    if there is None:
        tx.execute(ADD, row)
    else:
        changed = {name: row[name] for name in ("event_time", "expires", "deleted", "record")}
        tx.execute(REPLACE, {**changed, "of_group": group.row.arn, "of_identifier": identifier})
    return True


def erase_online(tx: Tx, group: Group, identifier: str, event_time: float, now: float) -> bool:
    """Remove a record for good unless a later one is there. Returns whether it was removed."""
    there = tx.one(ONE, {"of_group": group.row.arn, "of_identifier": identifier})
    if not _newest(there, event_time, now):
        return False
    c = online_records.c
    tx.execute(sa.delete(online_records).where(c.group == group.row.arn, c.identifier == identifier))
    return True


def find(tx: Tx, group: Group, identifier: str, now: float) -> Record | None:
    """The record of an identifier; None when there is none, it was deleted, or its time is over."""
    row = tx.one(ONE, {"of_group": group.row.arn, "of_identifier": identifier})
    if row is None or row["deleted"] or _expired(row, now):
        return None
    return Record(row["identifier"], row["event_time"], row["record"], row["expires"])


def identifiers(tx: Tx, group: Group, now: float, after: str, limit: int, with_deleted: bool = False) -> Sequence[str]:
    """Identifiers of the online store behind `after`, in their order."""
    c = online_records.c
    where = [c.group == group.row.arn, c.identifier > after, sa.or_(c.expires.is_(None), c.expires > now)]
    if not with_deleted:
        where.append(c.deleted.is_(False))
    rows = tx.all(sa.select(c.identifier).where(*where).order_by(c.identifier).limit(limit))
    return [row["identifier"] for row in rows]


def online_bytes(tx: Tx, group: Group) -> int:
    """How much the records of the online store take."""
    c = online_records.c
    size = sa.func.sum(sa.func.length(sa.cast(c.record, sa.Text)) + sa.func.length(c.identifier))
    found = tx.one(sa.select(size.label("bytes")).where(c.group == group.row.arn))
    return int(found["bytes"] or 0) if found is not None else 0


def queue_offline(
    tx: Tx,
    group: Group,
    event_time: float,
    features: Sequence[JsonDict],
    *,
    now: float,
    deleted: bool = False,
) -> None:
    """Append a record to what waits for the offline store, and see to it that it is written soon."""
    row = {"group": group.row.arn, "event_time": event_time, "invoked": now, "deleted": deleted}
    tx.execute(QUEUE, {**row, "record": list(features)})
    tasks.gather(tx, OFFLINE_TASK, group.row.arn, FLUSH_SECONDS)


def queued(tx: Tx, group_arn: str, limit: int) -> Sequence[RowMapping]:
    """The oldest records that wait for the offline store."""
    c = offline_records.c
    return tx.all(sa.select(offline_records).where(c.group == group_arn).order_by(c.id).limit(limit))


def groups_waiting(tx: Tx) -> list[str]:
    """The groups (ARNs) of which records wait for the offline store."""
    return [row["group"] for row in tx.all(sa.select(offline_records.c.group).distinct())]


def forget_queued(tx: Tx, numbers: Sequence[int]) -> int:
    """Records of these numbers are in the offline store now. Returns how many of them still waited."""
    gone = 0
    for start in range(0, len(numbers), NUMBERS_AT_ONCE):
        some = numbers[start : start + NUMBERS_AT_ONCE]
        gone += tx.execute(sa.delete(offline_records).where(offline_records.c.id.in_(some))).rowcount
    return gone


def give_up_queued(tx: Tx, group_arn: str) -> None:
    """What still waits has no place to go to any more."""
    tx.execute(sa.delete(offline_records).where(offline_records.c.group == group_arn))


def forget_online(tx: Tx, group_arn: str, limit: int) -> int:
    """Remove up to `limit` records of a group that goes. Returns how many there were."""
    c = online_records.c
    some = sa.select(c.identifier).where(c.group == group_arn).limit(limit)
    return tx.execute(sa.delete(online_records).where(c.group == group_arn, c.identifier.in_(some))).rowcount


def forget_expired(tx: Tx, now: float) -> int:
    """Remove records whose time is over. Returns how many there were."""
    return tx.execute(sa.delete(online_records).where(online_records.c.expires <= now)).rowcount


def _newest(there: RowMapping | None, event_time: float, now: float) -> bool:
    """Whether no later event is there; of two at the same time the last that comes wins."""
    return there is None or _expired(there, now) or event_time >= there["event_time"]


def _expired(row: RowMapping, now: float) -> bool:
    return row["expires"] is not None and row["expires"] <= now
