"""What became of an alarm: configuration changes, changes of state, and actions; kept for thirty days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores.alarms.tables import alarm_history
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
KEPT_SECONDS = 30 * 86_400.0


class About(NamedTuple):
    """Which alarm an item is about, where its row may be gone."""

    account: str
    region: str
    name: str
    kind: str


def record(
    tx: Tx,
    row: Row | About,
    item_type: str,
    summary: str,
    data: Mapping[str, Any],
    now: float,
    action_id: str | None = None,
) -> None:
    """Append one item about an alarm and forget its oldest ones."""
    c = alarm_history.c
    tx.execute(
        sa.delete(alarm_history).where(
            c.account == row.account, c.region == row.region, c.alarm_name == row.name, c.time < now - KEPT_SECONDS
        )
    )
    values = {
        "account": row.account,
        "region": row.region,
        "alarm_name": row.name,
        "alarm_type": row.kind,
        "time": now,
        "item_type": item_type,
        "summary": summary,
        "data": {"version": "1.0", **data},
        "action_id": action_id,
    }
    tx.execute(sa.insert(alarm_history), values)


def executed(tx: Tx, action_id: str) -> bool:
    """Whether this action has left its item already."""
    return tx.one(sa.select(alarm_history.c.id).where(alarm_history.c.action_id == action_id)) is not None


def page(
    tx: Tx, *conditions: sa.ColumnElement[bool], descending: bool, after: int | None, limit: int
) -> Sequence[RowMapping]:
    """Items that meet the conditions on `alarm_history`, in their order, behind the item numbered `after`."""
    c = alarm_history.c
    where = list(conditions)
    if after is not None:
        where.append(c.id < after if descending else c.id > after)
    order = c.id.desc() if descending else c.id.asc()
    return tx.all(sa.select(alarm_history).where(*where).order_by(order).limit(limit))
