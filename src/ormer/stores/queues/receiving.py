"""Receiving: which messages are seen, by whom they are held, and when they go to the dead-letter queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from ormer.stores.database import Tx
from ormer.stores.queues import queues
from ormer.stores.queues.messages import announce
from ormer.stores.queues.queues import Queue
from ormer.stores.queues.tables import queue_messages

JsonDict = dict[str, Any]
C = queue_messages.c


class Receipt(NamedTuple):
    """What a receipt handle says: the message's number, and a word that only its last receiver knows."""

    number: int
    word: str


def handle(row: Mapping[str, Any]) -> str:
    """The receipt handle of a received message."""
    return base64.b64encode(f"{row['number']} {row['receipt']}".encode()).decode()


def receipt(text: str) -> Receipt | None:
    """What a receipt handle says; None when it is none."""
    try:
        number, word = base64.b64decode(text, validate=True).decode().split(" ")
        return Receipt(int(number), word)
    except (binascii.Error, ValueError):
        return None


def waits(tx: Tx, queue: Queue, now: float) -> bool:
    """Whether there is anything that receiving might give."""
    return tx.one(sa.select(C.number).where(C.queue == queue.arn, C.visible <= now).limit(1)) is not None


def visible(tx: Tx, queue: Queue, now: float) -> Sequence[RowMapping]:
    """Every message that nobody holds, oldest first."""
    where = (C.queue == queue.arn, C.visible <= now, C.expires > now)
    return tx.all(sa.select(queue_messages).where(*where).order_by(C.number))


def next_visible(tx: Tx, queue: Queue, now: float) -> float | None:
    """When the next message that is not seen now will be; None when there is none."""
    wanted = sa.select(sa.func.min(C.visible).label("at")).where(C.queue == queue.arn, C.visible > now)
    row = tx.one(wanted)
    return row["at"] if row is not None else None


def take(tx: Tx, queue: Queue, limit: int, seconds: float, now: float) -> list[RowMapping]:
    """Take up to `limit` messages for so many seconds. Those received too often go to the dead-letter queue instead."""
    tx.execute(sa.delete(queue_messages).where(C.queue == queue.arn, C.expires <= now))
    taken: list[RowMapping] = []
    while len(taken) < limit:
        # Who takes them for no time at all could take the same ones again and again.
        found = _visible(tx, queue, [row["number"] for row in taken], limit - len(taken), now)
        if not found:
            break
        kept = [row for row in found if not _buried(tx, queue, row, now)]
        taken += [_held(tx, row, seconds, now) for row in kept]
    return taken


def _visible(tx: Tx, queue: Queue, taken: list[int], limit: int, now: float) -> Sequence[RowMapping]:
    """Messages that can be received now, oldest first; of a message group none while one of it is with a receiver."""
    where = [C.queue == queue.arn, C.visible <= now, C.number.not_in(taken)]
    if queue.is_fifo:
        other = queue_messages.alias()
        busy = sa.select(other.c.group).where(
            other.c.queue == queue.arn, other.c.visible > now, other.c.receipt.is_not(None)
        )
        where.append(C.group.not_in(busy))
    return tx.all(sa.select(queue_messages).where(*where).order_by(C.number).limit(limit))


def _held(tx: Tx, row: RowMapping, seconds: float, now: float) -> RowMapping:
    change = {
        "visible": now + seconds,
        "receives": row["receives"] + 1,
        "receipt": secrets.token_urlsafe(24),
        "first_received": row["first_received"] if row["first_received"] is not None else now,
    }
    tx.execute(sa.update(queue_messages).where(C.number == row["number"]).values(**change))
    found = tx.one(sa.select(queue_messages).where(C.number == row["number"]))
    assert found is not None, "it was updated in this transaction"
    return found


def _buried(tx: Tx, queue: Queue, row: RowMapping, now: float) -> bool:
    """Whether a message went to the dead-letter queue, where it keeps its id and the time it was sent."""
    redrive = queue.redrive
    if redrive is None or row["receives"] < redrive.receives_max:
        return False
    target = queues.of_arn(tx, redrive.target)
    if target is None:
        return False
    move(tx, row, target, now, {**row["system"], "DeadLetterQueueSourceArn": queue.arn})
    return True


def move(tx: Tx, row: RowMapping, target: Queue, now: float, system: JsonDict) -> None:
    """Put a message into another queue, where nobody has received it yet."""
    sent = now if target.is_fifo else row["sent"]
    change = {
        "queue": target.arn,
        "visible": now,
        "receipt": None,
        "receives": 0,
        "first_received": None,
        "sent": sent,
        "expires": sent + target.seconds("MessageRetentionPeriod"),
        "system": system,
    }
    tx.execute(sa.update(queue_messages).where(C.number == row["number"]).values(**change))
    announce(tx, target.arn)


def find(tx: Tx, queue: Queue, wanted: Receipt) -> RowMapping | None:
    """The message that a receipt handle of this queue means, whoever received it since; None when it is gone."""
    return tx.one(sa.select(queue_messages).where(C.queue == queue.arn, C.number == wanted.number))


def delete(tx: Tx, number: int) -> None:
    """Remove a message."""
    tx.execute(sa.delete(queue_messages).where(C.number == number))


def show_again(tx: Tx, queue: Queue, number: int, at: float) -> None:
    """Let a received message be seen again at a time."""
    tx.execute(sa.update(queue_messages).where(C.number == number).values(visible=at))
    announce(tx, queue.arn)
