"""A stack's events, newest first, each told to EventBridge as well.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-event-notifications-eventbridge.html
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.clock import iso
from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.stacks.tables import journal

STACK_EVENT = "CloudFormation Stack Status Change"
RESOURCE_EVENT = "CloudFormation Resource Status Change"
SOURCE = "aws.cloudformation"


@dataclass(frozen=True)
class Happening:
    """A status that a resource, or the stack itself, has come to."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""


def write(tx: Tx, stack_arn: str, about: Happening, *, now: float, token: str = "") -> None:
    """Append an event and tell it."""
    own = about.physical_id == stack_arn
    event_id = str(uuid.uuid4()) if own else f"{about.logical_id}-{about.status}-{iso(now)}-{uuid.uuid4().hex[:6]}"
    values = {**about.__dict__, "stack_arn": stack_arn, "event_id": event_id, "token": token, "time": now}
    tx.execute(sa.insert(journal), values)
    _announce(tx, stack_arn, about, own, now, token)


def _announce(tx: Tx, stack_arn: str, about: Happening, own: bool, now: float, token: str) -> None:
    parts = arns.parse(stack_arn)
    detail: dict[str, Any] = {
        "stack-id": stack_arn,
        "status-details": {"status": about.status, "status-reason": about.reason},
        "client-request-token": token,
    }
    if not own:
        detail |= {
            "logical-resource-id": about.logical_id,
            "physical-resource-id": about.physical_id,
            "resource-type": about.type,
        }
    events.emit(
        tx,
        account=parts.account,
        region=parts.region,
        source=SOURCE,
        detail_type=STACK_EVENT if own else RESOURCE_EVENT,
        detail=detail,
        resources=[stack_arn],
        now=now,
    )


def newest_first(tx: Tx, stack_arn: str, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` events that came before the event of number `before`."""
    statement = sa.select(journal).where(journal.c.stack_arn == stack_arn).order_by(journal.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(journal.c.id < before)
    return [dict(row) for row in tx.all(statement)]
