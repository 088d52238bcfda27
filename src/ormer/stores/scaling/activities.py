"""Scaling activities: begun with the order to change a capacity, ended when the endpoint has it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.scaling.tables import scaling_activities

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
KEPT_SECONDS = 42 * 86_400.0


def begin(
    tx: Tx,
    target: Row,
    *,
    description: str,
    cause: str,
    before: int,
    after: int,
    now: float,
    policy_arn: str = "",
) -> str:
    """Append an activity that is under way. Returns its id."""
    c = scaling_activities.c
    tx.execute(sa.delete(scaling_activities).where(c.target_arn == target.arn, c.started < now - KEPT_SECONDS))
    id_ = str(uuid.uuid4())
    document: JsonDict = {
        "ActivityId": id_,
        "ServiceNamespace": target.document["ServiceNamespace"],
        "ResourceId": target.document["ResourceId"],
        "ScalableDimension": target.document["ScalableDimension"],
        "Description": description,
        "Cause": cause,
        "StartTime": now,
    }
    values = {
        "id": id_,
        "target_arn": target.arn,
        "account": target.account,
        "region": target.region,
        "resource_id": target.document["ResourceId"],
        "dimension": target.document["ScalableDimension"],
        "started": now,
        "status": "InProgress",
        "policy_arn": policy_arn,
        "capacity_before": before,
        "capacity_after": after,
        "document": document,
    }
    tx.execute(sa.insert(scaling_activities), values)
    return id_


def end(tx: Tx, id_: str, status: str, message: str, now: float) -> None:
    """End an activity: Successful or Failed."""
    change = sa.update(scaling_activities).where(scaling_activities.c.id == id_)
    row = tx.one(sa.select(scaling_activities).where(scaling_activities.c.id == id_))
    assert row is not None, f"there is no activity {id_}"
    words = {**row["document"], "EndTime": now, "StatusMessage": message}
    tx.execute(change.values(status=status, ended=now, document=words))


def under_way(tx: Tx, target_arn: str) -> RowMapping | None:
    """The target's activity that has not ended, or None."""
    c = scaling_activities.c
    return tx.one(sa.select(scaling_activities).where(c.target_arn == target_arn, c.status == "InProgress"))


def last_change(tx: Tx, target_arn: str, *, out: bool | None = None) -> RowMapping | None:
    """The newest successful activity: that scaled out, that scaled in, or (None) either."""
    c = scaling_activities.c
    where = [c.target_arn == target_arn, c.status == "Successful"]
    if out is not None:
        where.append(c.capacity_after > c.capacity_before if out else c.capacity_after < c.capacity_before)
    return tx.one(sa.select(scaling_activities).where(*where).order_by(c.number.desc()).limit(1))


def page(tx: Tx, *conditions: sa.ColumnElement[bool], before: int | None, limit: int) -> Sequence[RowMapping]:
    """Activities that meet the conditions, the newest first, older than the one numbered `before`."""
    c = scaling_activities.c
    where = [*conditions, *([c.number < before] if before is not None else [])]
    return tx.all(sa.select(scaling_activities).where(*where).order_by(c.number.desc()).limit(limit))
