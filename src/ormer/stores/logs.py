"""Log streams: what jobs and builds print, line by line. Times are milliseconds since the epoch, as in CloudWatch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.tables import log_events, log_streams

MESSAGE_LIMIT = 262_118  # Bytes a CloudWatch Logs event may have, less its overhead of 26.


def stream(tx: Tx, account: str, region: str, group: str, name: str, now: float) -> dict[str, Any]:
    """The stream's row; makes it when it is not there."""
    c = log_streams.c
    where = (c.account == account, c.region == region, c.group == group, c.stream == name)
    found = tx.one(sa.select(log_streams).where(*where))
    if found is None:
        values = {"account": account, "region": region, "group": group, "stream": name, "created": now, "position": 0}
        tx.execute(insert_or_ignore(tx, log_streams).values(**values))
        found = tx.one(sa.select(log_streams).where(*where))
        assert found is not None
    return dict(found)


def append(tx: Tx, stream_id: int, lines: Sequence[tuple[int, str]], now: float, position: int | None = None) -> None:
    """Append (milliseconds, message) lines; `position` records how far the file they come from has been read."""
    if lines:
        ingestion = int(now * 1000)
        rows = [
            {"stream_id": stream_id, "timestamp": at, "ingestion": ingestion, "message": text[:MESSAGE_LIMIT]}
            for at, text in lines
        ]
        tx.execute(sa.insert(log_events), rows)
        times = [at for at, _ in lines]
        c = log_streams.c
        change: dict[str, Any] = {
            "first_event": sa.func.coalesce(c.first_event, min(times)),
            "last_event": max(times),
            "last_ingestion": ingestion,
        }
    else:
        change = {}
    if position is not None:
        change["position"] = position
    if change:
        tx.execute(sa.update(log_streams).where(log_streams.c.id == stream_id).values(**change))
