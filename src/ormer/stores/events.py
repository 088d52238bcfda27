"""The outbox: every change of state, in order, written with the change. Rules, triggers, browser and audit read it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ormer.aws.clock import iso_seconds
from ormer.aws.lifecycles import Lifecycle
from ormer.stores.database import Tx
from ormer.stores.tables import event_subjects, events, tags

if TYPE_CHECKING:
    from ormer.stores.resources import Row

DEFAULT_BUS = "default"
# Where a word begins inside `InService`.
WORDS = re.compile("(?<=[a-z])(?=[A-Z])")
# Built once: every change of a status runs it.
LAST = sa.select(sa.func.max(events.c.id).label("number"))
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
    bus: str = DEFAULT_BUS,
    identifier: str | None = None,
) -> int:
    """Append one event. Returns its number in the order of all events; `identifier` is its id, made when not given."""
    subjects = list(resources)
    # Values are passed beside the statement: building them into it costs more than the write.
    inserted = tx.execute(
        sa.insert(events),
        {
            "uuid": identifier or str(uuid.uuid4()),
            "time": now,
            "account": account,
            "region": region,
            "source": source,
            "detail_type": detail_type,
            "resources": subjects,
            "detail": detail,
            "actor": actor,
            "bus": bus,
        },
    )
    key = inserted.inserted_primary_key
    assert key is not None
    number = int(key[0])
    rows = [{"arn": arn, "event_id": number} for arn in dict.fromkeys(subjects)]
    if rows:
        tx.execute(sa.insert(event_subjects), rows)
    tx.after_commit(tx.signals.events.send)
    tx.after_commit(tx.signals.events_of(source).send)
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
    document = _with_times(row.document, life.iso_times)
    # A version's own name is its group's and its number; its document has them apart.
    named = {f"{row.kind}Name": row.name}
    detail = {**named, **document, "Tags": {pair["key"]: pair["value"] for pair in pairs}, **(extra or {})}
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


def _with_times(value: Any, iso_times: bool) -> Any:
    """A document with its times as events carry them: milliseconds since the epoch, or ISO texts."""
    if isinstance(value, Mapping):
        return {
            key: (iso_seconds(inner) if iso_times else int(inner * 1000))
            if key.endswith("Time") and isinstance(inner, float)
            else _with_times(inner, iso_times)
            for key, inner in value.items()
        }
    return [_with_times(inner, iso_times) for inner in value] if isinstance(value, list) else value


def last(tx: Tx) -> int:
    """The number of the newest event, 0 when there is none."""
    found = tx.one(LAST)
    return int(found["number"]) if found is not None and found["number"] is not None else 0


def envelope(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the outbox as EventBridge sends it.
    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    return {
        "version": "0",
        "id": row["uuid"],
        "detail-type": row["detail_type"],
        "source": row["source"],
        "account": row["account"],
        "time": iso_seconds(row["time"]),
        "region": row["region"],
        "resources": row["resources"],
        "detail": row["detail"],
    }


def between(
    tx: Tx,
    number: int,
    newest: int,
    limit: int,
    sources: Collection[str] | None = None,
    detail_types: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Events behind `number` up to `newest`, oldest first; of these sources and detail-types only, where given."""
    c = events.c
    where = [c.id > number, c.id <= newest]
    if sources is not None:
        where.append(c.source.in_(sorted(sources)))
    if detail_types is not None:
        where.append(c.detail_type.in_(sorted(detail_types)))
    return [dict(row) for row in tx.all(sa.select(events).where(*where).order_by(c.id).limit(limit))]


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
