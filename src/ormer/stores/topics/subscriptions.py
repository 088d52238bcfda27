"""Subscriptions: pending until whoever listens at their endpoint shows the token that was sent there."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "Subscription"
SERVICE = "sns"
PATH = "/.ormer/confirm-subscription"


def new_token(subscription_id: str) -> str:
    """A secret that names its subscription."""
    return subscription_id.replace("-", "") + secrets.token_hex(32)


def of_topic(tx: Tx, topic_arn: str) -> list[Row]:
    """A topic's subscriptions, oldest first."""
    return resources.select(tx, table.c.service == SERVICE, table.c.kind == KIND, table.c.parent == topic_arn)


def is_confirmed(row: Row) -> bool:
    return bool(row.facts.get("confirmed"))


def confirm(tx: Tx, topic_arn: str, token: str, now: float) -> Row | None:
    """Confirm the topic's subscription that has this token; None when none has. Twice is as good as once."""
    for row in of_topic(tx, topic_arn):
        if hmac.compare_digest(row.facts["token"].encode(), token.encode()):
            return row if is_confirmed(row) else resources.save(tx, row, {}, now=now, facts={"confirmed": True})
    return None
