"""Pages of the outbox, newest first, narrowed by bus, source, type and words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.stores.database import Tx
from ormer.stores.tables import events

JsonDict = dict[str, Any]
PAGE = 100
# Words are looked for in this many events at a time; a page then says how far it came.
LOOKED_AT_MAX = 4000
# Which sources and types are offered as filters: those of the newest events.
RECENT = 4000
c = events.c


@dataclass(frozen=True)
class Wanted:
    """Which events. before: only those with lower numbers. Empty texts narrow nothing; text: words, each somewhere."""

    account: str
    region: str
    before: int | None = None
    bus: str = ""
    source: str = ""
    detail_type: str = ""
    text: str = ""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found = [c.account == self.account, c.region == self.region]
        if self.before is not None:
            found.append(c.id < self.before)
        for column, value in ((c.bus, self.bus), (c.source, self.source), (c.detail_type, self.detail_type)):
            if value:
                found.append(column == value)
        return found


def page(tx: Tx, wanted: Wanted) -> JsonDict:
    """{"events", "before" (where the next page begins, None at the end), "kinds" (on the first page)}."""
    words = wanted.text.lower().split()
    limit = LOOKED_AT_MAX if words else PAGE
    rows = tx.all(sa.select(events).where(*wanted.conditions()).order_by(c.id.desc()).limit(limit))
    found: list[JsonDict] = []
    last = None
    for row in rows:
        last = row["id"]
        if all(word in _text(row) for word in words):
            found.append(shown(row))
        if len(found) == PAGE:
            break
    at_end = not rows or (len(rows) < limit and last == rows[-1]["id"])
    answer: JsonDict = {"events": found, "before": None if at_end else last}
    return answer if wanted.before is not None else {**answer, "kinds": _kinds(tx, wanted)}


def one(tx: Tx, account: str, region: str, number: int) -> JsonDict | None:
    """The row of an event by its number in the order of all events."""
    row = tx.one(sa.select(events).where(c.id == number, c.account == account, c.region == region))
    return dict(row) if row is not None else None


def shown(row: Any) -> JsonDict:
    """An event as lists show it."""
    return {
        "id": row["id"],
        "uuid": row["uuid"],
        "time": iso(row["time"]),
        "bus": row["bus"],
        "source": row["source"],
        "type": row["detail_type"],
        "resources": row["resources"],
    }


def _text(row: Any) -> str:
    parts = (row["source"], row["detail_type"], *row["resources"], json.dumps(row["detail"], ensure_ascii=False))
    return " ".join(parts).lower()


def _kinds(tx: Tx, wanted: Wanted) -> list[JsonDict]:
    """The buses, sources and types there are, with how many of the newest events have them."""
    here = (c.account == wanted.account, c.region == wanted.region)
    recent = sa.select(c.bus, c.source, c.detail_type).where(*here).order_by(c.id.desc()).limit(RECENT).subquery()
    columns = (recent.c.bus, recent.c.source, recent.c.detail_type)
    counted = sa.select(*columns, sa.func.count().label("count")).group_by(*columns).order_by(*columns)
    return [
        {"bus": row["bus"], "source": row["source"], "type": row["detail_type"], "count": row["count"]}
        for row in tx.all(counted)
    ]
