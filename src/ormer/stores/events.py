"""The outbox: every change of state, in order, written with the change. Rules, triggers, browser and audit read it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ormer.aws.lifecycles import Lifecycle
from ormer.stores.database import Tx
from ormer.stores.tables import event_subjects, events, tags

if TYPE_CHECKING:
    from ormer.stores.resources import Row

# Where a word begins inside `InService`.
WORDS = re.compile("(?<=[a-z])(?=[A-Z])")
# Built once: every change of a status runs it.
TAGS_OF = sa.select(tags.c.key, tags.c.value).where(tags.c.arn == sa.bindparam("of_arn"))


def emit(
    tx: Tx,
    *,
    account: str,
    region: str,
    source: str,
    detail_type: str,
    detail: dict[str, Any],
    resources: Iterable[str],
    now: float,
    actor: str = "",
) -> int:
    """Append one event. Returns its number in the order of all events."""
    subjects = list(resources)
    # Values are passed beside the statement: building them into it costs more than the write.
    inserted = tx.execute(
        sa.insert(events),
        {
            "uuid": str(uuid.uuid4()),
            "time": now,
            "account": account,
            "region": region,
            "source": source,
            "detail_type": detail_type,
            "resources": subjects,
            "detail": detail,
            "actor": actor,
        },
    )
    key = inserted.inserted_primary_key
    assert key is not None
    number = int(key[0])
    rows = [{"arn": arn, "event_id": number} for arn in dict.fromkeys(subjects)]
    if rows:
        tx.execute(sa.insert(event_subjects), rows)
    tx.after_commit(tx.signals.events.send)
    return number


def state_change(
    tx: Tx,
    row: Row,
    life: Lifecycle,
    *,
    now: float,
    actor: str = "",
    previous: str | None = None,
    extra: dict[str, Any] | None = None,
) -> int:
    """The event AWS sends when a resource of this kind changes: its document, its tags, and what `extra` adds."""
    pairs = tx.all(TAGS_OF, {"of_arn": row.arn})
    detail = {**row.document, "Tags": {pair["key"]: pair["value"] for pair in pairs}, **(extra or {})}
    if life.upper_in_events:
        detail[life.member] = WORDS.sub("_", detail[life.member]).upper()
    assert life.detail_type is not None
    return emit(
        tx,
        account=row.account,
        region=row.region,
        source=life.source,
        detail_type=life.detail_type,
        detail=detail,
        resources=[row.arn],
        now=now,
        actor=actor,
    )


def after(tx: Tx, number: int, limit: int = 500) -> list[dict[str, Any]]:
    """Events behind this number, oldest first."""
    statement = sa.select(events).where(events.c.id > number).order_by(events.c.id).limit(limit)
    return [dict(row) for row in tx.all(statement)]


def about(tx: Tx, arn: str, limit: int = 200) -> list[dict[str, Any]]:
    """Events about this resource, newest first."""
    statement = (
        sa.select(events)
        .join(event_subjects, event_subjects.c.event_id == events.c.id)
        .where(event_subjects.c.arn == arn)
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    return [dict(row) for row in tx.all(statement)]
