"""What an archive holds: the events of its bus since it was made, that match its pattern and are not too old."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ormer.aws.patterns import Pattern
from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.resources import Row

PAGE = 500
DAY_SECONDS = 86_400


def held(tx: Tx, archive: Row, now: float, behind: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of the outbox with numbers above `behind`, oldest first. now: calendar seconds."""
    pattern = Pattern(archive.document["EventPattern"]) if archive.document.get("EventPattern") else None
    days = archive.document.get("RetentionDays") or 0
    oldest = now - days * DAY_SECONDS if days else 0.0
    at, newest = max(behind, archive.facts["since"]), events.last(tx)
    while page := events.between(tx, at, newest, PAGE):
        for row in page:
            of_bus = (row["account"], row["region"], row["bus"]) == (
                archive.account,
                archive.region,
                archive.facts["bus"],
            )
            if of_bus and row["time"] >= oldest and (pattern is None or pattern.matches(events.envelope(row))):
                yield row
        at = page[-1]["id"]
