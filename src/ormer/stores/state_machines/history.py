"""What happened in an execution, in GetExecutionHistory's words.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.state_machines.tables import history

JsonDict = dict[str, Any]


def write(tx: Tx, execution_arn: str, number: int, previous: int, kind: str, details: JsonDict, now: float) -> None:
    """Append an event. details: {the member that holds them: …}, {} where the event has none."""
    values = {"execution_arn": execution_arn, "number": number, "previous": previous, "time": now, "type": kind}
    tx.execute(sa.insert(history), {**values, "details": details})


def last(tx: Tx, execution_arn: str) -> int:
    """The number of an execution's last event, 0 before the first."""
    found = tx.one(sa.select(sa.func.max(history.c.number).label("n")).where(history.c.execution_arn == execution_arn))
    return int(found["n"]) if found is not None and found["n"] is not None else 0


def page(tx: Tx, execution_arn: str, start: int, limit: int, newest_first: bool) -> list[JsonDict]:
    """Events in AWS's form, `limit` of them behind the first `start`."""
    c = history.c
    order = c.number.desc() if newest_first else c.number
    found = tx.all(
        sa.select(history).where(c.execution_arn == execution_arn).order_by(order).offset(start).limit(limit)
    )
    return [
        {
            "timestamp": row["time"],
            "type": row["type"],
            "id": row["number"],
            "previousEventId": row["previous"],
            **row["details"],
        }
        for row in found
    ]


def remove(tx: Tx, execution_arn: str) -> None:
    """Forget what happened in an execution."""
    tx.execute(sa.delete(history).where(history.c.execution_arn == execution_arn))
