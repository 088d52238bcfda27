"""Resources: AWS's documents beside typed header columns, and the one way a status changes.

A document holds AWS's words only; `facts` hold ours. `advance` is compare-and-set, event row and wake-ups in one
transaction: whoever wants a status changed goes through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.lifecycles import lifecycle
from ormer.stores import events, properties, tasks
from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.tables import resources, tags, watches

JsonDict = dict[str, Any]
# Asked at every turn: built once, since building a statement costs as much as running it.
BY_ARN = sa.select(resources).where(resources.c.arn == sa.bindparam("arn"))
BY_NAME = sa.select(resources).where(
    *(resources.c[name] == sa.bindparam(name) for name in ("account", "region", "service", "kind", "name"))
)
BY_NAME_IN_PARENT = BY_NAME.where(resources.c.parent == sa.bindparam("parent"))
CHANGE = sa.update(resources).where(
    resources.c.arn == sa.bindparam("of_arn"), resources.c.version == sa.bindparam("from_version")
)
WATCHERS = sa.select(watches).where(watches.c.subject == sa.bindparam("subject"))
UNWATCH = sa.delete(watches).where(watches.c.subject == sa.bindparam("subject"))


@dataclass
class Row:
    """One resource. Times are seconds since the epoch; `version` counts writes."""

    arn: str
    account: str
    region: str
    service: str
    kind: str
    name: str
    parent: str
    status: str
    created: float
    modified: float
    version: int
    document: JsonDict
    facts: JsonDict = field(default_factory=dict)


def create(
    tx: Tx,
    *,
    arn: str,
    kind: str,
    name: str,
    document: JsonDict,
    now: float,
    parent: str = "",
    status: str = "",
    facts: JsonDict | None = None,
    tag_list: Iterable[Mapping[str, str]] = (),
    actor: str = "",
    event: bool = True,
) -> Row | None:
    """Insert a resource; None when its ARN or its name (within kind and parent) is taken.

    Writes the tags, the searchable properties, the event of the first status (unless `event` is False), and the task
    that moves the kind on while its status is not final.
    """
    parts = arns.parse(arn)
    life = lifecycle(kind)
    full = {"CreationTime": now, "LastModifiedTime": now, **document}
    if life.member and status:
        full[life.member] = status
    values: JsonDict = {
        "arn": arn,
        "account": parts.account,
        "region": parts.region,
        "service": parts.service,
        "kind": kind,
        "name": name,
        "parent": parent,
        "status": status,
        "created": now,
        "modified": now,
        "version": 1,
        "document": full,
        "facts": facts or {},
    }
    if not tx.execute(insert_or_ignore(tx, resources), values).rowcount:
        return None
    row = Row(**values)
    for pair in tag_list:
        tx.execute(sa.insert(tags), {"arn": arn, "key": pair["Key"], "value": pair.get("Value", "")})
    properties.write(tx, row.arn, kind, full, new=True)
    if event and life.detail_type and status:
        events.state_change(tx, row, life, now=now, actor=actor)
    if life.task and status not in life.final:
        tasks.wake(tx, life.task, arn)
    return row


def get(tx: Tx, arn: str) -> Row | None:
    """The resource with this ARN, or None."""
    found = tx.one(BY_ARN, {"arn": arn})
    return Row(**found) if found else None


def find(
    tx: Tx, account: str, region: str, service: str, kind: str, name: str, parent: str | None = None
) -> Row | None:
    """The resource of this name (of this parent, where names are its parent's matter), or None."""
    values = {"account": account, "region": region, "service": service, "kind": kind, "name": name}
    found = tx.one(BY_NAME, values) if parent is None else tx.one(BY_NAME_IN_PARENT, {**values, "parent": parent})
    return Row(**found) if found else None


def select(tx: Tx, *conditions: sa.ColumnElement[bool], order: Any = None, limit: int | None = None) -> list[Row]:
    """Resources that meet the conditions on `tables.resources`, oldest first unless ordered otherwise."""
    statement = sa.select(resources).where(*conditions).order_by(resources.c.created if order is None else order)
    if limit is not None:
        statement = statement.limit(limit)
    return [Row(**found) for found in tx.all(statement)]


def save(
    tx: Tx,
    row: Row,
    change: JsonDict,
    *,
    now: float,
    drop: Collection[str] = (),
    facts: JsonDict | None = None,
    touch: bool = True,
    event: bool = False,
    actor: str = "",
) -> Row:
    """Merge `change` into the document (and `facts` into the facts), and return the new row. Never changes a status.

    `event` writes the kind's state-change event too: for changes AWS announces, such as an approval.
    Raises AssertionError when somebody else wrote the row since it was read inside another transaction.
    """
    life = lifecycle(row.kind)
    assert life.member == "" or life.member not in change, "a status changes in advance()"
    return _write(tx, row, change, now=now, drop=drop, facts=facts, touch=touch, event=event, actor=actor)


def advance(
    tx: Tx,
    arn: str,
    to: str,
    *,
    now: float,
    expect: Collection[str] | None = None,
    change: JsonDict | None = None,
    facts: JsonDict | None = None,
    actor: str = "",
    detail: JsonDict | None = None,
) -> Row | None:
    """Change a status: compare-and-set, event and wake-ups in one transaction.

    to: the new status. expect: the statuses it may come from (None: any that is not final).
    change: further members of the document. detail: further members of the event.
    Returns the new row, or None when the resource is not there or its status is not among the expected ones.
    """
    row = get(tx, arn)
    if row is None:
        return None
    life = lifecycle(row.kind)
    assert life.member, f"{row.kind} has no status"
    allowed = row.status in expect if expect is not None else row.status not in life.final
    if not allowed:
        return None
    previous = row.status
    moved = _write(
        tx, row, {**(change or {}), life.member: to}, now=now, facts=facts, event=False, actor=actor, status=to
    )
    if life.detail_type and (to != previous or detail):
        events.state_change(tx, moved, life, now=now, actor=actor, previous=previous, extra=detail)
    for watcher in tx.all(WATCHERS, {"subject": arn}):
        tasks.wake(tx, watcher["task_kind"], watcher["task_subject"])
    if life.task and to not in life.final:
        tasks.wake(tx, life.task, arn)
    if to in life.final:
        tx.execute(UNWATCH, {"subject": arn})
    return moved


def delete(tx: Tx, arn: str) -> bool:
    """Remove a resource with its tags, properties and watches; False when it is not there.

    Who watched it is woken: what is gone has come to an end too.
    """
    gone = tx.execute(sa.delete(resources).where(resources.c.arn == arn)).rowcount
    if gone:
        for watcher in tx.all(WATCHERS, {"subject": arn}):
            tasks.wake(tx, watcher["task_kind"], watcher["task_subject"])
        tx.execute(sa.delete(tags).where(tags.c.arn == arn))
        tx.execute(UNWATCH, {"subject": arn})
        properties.erase(tx, arn)
    return bool(gone)


def watch(tx: Tx, subject: str, task_kind: str, task_subject: str) -> None:
    """Wake a task at every change of the subject's status, until that is final.

    A subject that is final already wakes the task at once, so that no change falls between reading and watching.
    """
    row = get(tx, subject)
    if row is not None and row.status in lifecycle(row.kind).final:
        tasks.wake(tx, task_kind, task_subject)
        return
    values = {"subject": subject, "task_kind": task_kind, "task_subject": task_subject}
    tx.execute(insert_or_ignore(tx, watches), values)


def _write(
    tx: Tx,
    row: Row,
    change: JsonDict,
    *,
    now: float,
    drop: Collection[str] = (),
    facts: JsonDict | None,
    touch: bool = True,
    event: bool,
    actor: str,
    status: str | None = None,
) -> Row:
    document = {key: value for key, value in {**row.document, **change}.items() if key not in drop}
    modified = now if touch else row.modified
    if touch:
        document["LastModifiedTime"] = now
    new = Row(
        **{
            **row.__dict__,
            "document": document,
            "facts": {**row.facts, **(facts or {})},
            "modified": modified,
            "status": row.status if status is None else status,
            "version": row.version + 1,
        }
    )
    written = tx.execute(
        CHANGE,
        {
            "of_arn": row.arn,
            "from_version": row.version,
            "document": new.document,
            "facts": new.facts,
            "modified": new.modified,
            "status": new.status,
            "version": new.version,
        },
    ).rowcount
    assert written == 1, f"{row.arn} was written by somebody else since it was read"
    properties.write(tx, row.arn, row.kind, document)
    if event:
        life = lifecycle(row.kind)
        events.state_change(tx, new, life, now=now, actor=actor)
    return new
