"""Messages on their way to subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.topics.tables import sns_deliveries

JsonDict = dict[str, Any]
TASK = "sns_subscription"
NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
# AWS keeps dead letters for as long as their queue does; fourteen days is the longest.
KEPT_SECONDS = 14 * 86_400.0


def add(tx: Tx, subscription_arn: str, type_: str, message_id: str, content: JsonDict, now: float) -> None:
    """Put a message on its way."""
    values = {
        "subscription_arn": subscription_arn,
        "type": type_,
        "message_id": message_id,
        "created": now,
        "content": content,
    }
    tx.execute(sa.insert(sns_deliveries), values)
    tasks.wake(tx, TASK, subscription_arn)


def first(tx: Tx, subscription_arn: str) -> RowMapping | None:
    """The oldest message that is still to be delivered, or None."""
    c = sns_deliveries.c
    where = (c.subscription_arn == subscription_arn, c.is_dead.is_(False))
    return tx.one(sa.select(sns_deliveries).where(*where).order_by(c.number).limit(1))


def done(tx: Tx, number: int) -> None:
    """It was delivered."""
    tx.execute(sa.delete(sns_deliveries).where(sns_deliveries.c.number == number))


def failed(tx: Tx, number: int, error: str, *, dead: bool) -> None:
    """It was not delivered; `dead` when it will not be tried again."""
    c = sns_deliveries.c
    change = {"attempts": c.attempts + 1, "last_error": error[:1000], "is_dead": dead}
    tx.execute(sa.update(sns_deliveries).where(c.number == number).values(**change))


def dead_letters(tx: Tx, subscription_arn: str) -> Sequence[RowMapping]:
    """What could not be delivered, oldest first."""
    c = sns_deliveries.c
    where = (c.subscription_arn == subscription_arn, c.is_dead.is_(True))
    return tx.all(sa.select(sns_deliveries).where(*where).order_by(c.number))


def forget(tx: Tx, subscription_arn: str, before: float | None = None) -> None:
    """Remove a subscription's messages: all, or the dead ones from before a time."""
    c = sns_deliveries.c
    where = [c.subscription_arn == subscription_arn]
    if before is not None:
        where += [c.is_dead.is_(True), c.created < before]
    tx.execute(sa.delete(sns_deliveries).where(*where))
