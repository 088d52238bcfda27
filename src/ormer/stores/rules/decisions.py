"""Why a rule fired, or did not: told afterwards from the outbox, the rule's pattern and its deliveries.

Nothing is written for events that do not match, so that a rule costs nothing until it fires. The answer holds for the
rule as it is now; events that came before it was made or switched on are told as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws.patterns import Pattern
from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.rules import deliveries
from ormer.stores.rules.deliveries import Delivery
from ormer.stores.tables import events as table

DISABLED = "DISABLED"
LIMIT = 50


@dataclass(frozen=True)
class Decision:
    """What a rule made of one event. reason: "" when it fired; deliveries: to its targets, while they are kept.

    number: the event's in the order of all events.
    """

    number: int
    event_id: str
    time: float
    source: str
    detail_type: str
    reason: str
    deliveries: tuple[Delivery, ...]

    @property
    def fired(self) -> bool:
        return not self.reason


def of(tx: Tx, rule: Row, limit: int = LIMIT) -> list[Decision]:
    """The newest events of the rule's bus that have its source and detail-type, newest first. [] for schedules."""
    text = rule.document.get("EventPattern")
    if not text:
        return []
    pattern = Pattern(text)
    sent: dict[str, list[Delivery]] = {}
    for one in deliveries.of(tx, rule.arn, deliveries.KEPT):
        sent.setdefault(one.event_id, []).append(one)
    found = []
    for row in _candidates(tx, rule, pattern, limit):
        reason = "" if row["uuid"] in sent else _reason(rule, pattern, row)
        made = tuple(sent.get(row["uuid"], ()))
        found.append(Decision(row["id"], row["uuid"], row["time"], row["source"], row["detail_type"], reason, made))
    return found


def _candidates(tx: Tx, rule: Row, pattern: Pattern, limit: int) -> list[dict[str, Any]]:
    c = table.c
    where = [c.account == rule.account, c.region == rule.region, c.bus == rule.parent]
    for name, column in (("source", c.source), ("detail-type", c.detail_type)):
        exact = pattern.exact(name)
        if exact is not None:
            where.append(column.in_(sorted(exact)))
    return [dict(row) for row in tx.all(sa.select(table).where(*where).order_by(c.id.desc()).limit(limit))]


def _reason(rule: Row, pattern: Pattern, row: dict[str, Any]) -> str:
    if row["id"] <= rule.facts["since"]:
        return "it came before the rule was made or switched on"
    if rule.document["State"] == DISABLED:
        return "the rule is switched off"
    return pattern.mismatch(events.envelope(row)) or ""
