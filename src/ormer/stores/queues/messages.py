"""Messages: put into queues, and taken out of them.

A message is a row from the moment it is acknowledged until it is deleted or its time is over; receiving only moves the
time from which on it is seen again. Bodies and attributes lie sealed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.functions import event_sources
from ormer.stores.queues.queues import Queue
from ormer.stores.queues.tables import queue_deduplications, queue_messages
from ormer.stores.secrets import Vault

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
DEDUPLICATION_SECONDS = 300.0


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent. system: SenderId and what else stands beside it. delay_seconds: None for the queue's."""

    body: str
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    system: JsonDict = field(default_factory=dict)
    delay_seconds: float | None = None
    group: str = ""
    deduplication_id: str = ""


@dataclass(frozen=True)
class Sent:
    """The id of a message, and its number in the order of all."""

    message_id: str
    number: int


def send(tx: Tx, vault: Vault, queue: Queue, message: Outgoing, now: float) -> Sent:
    """Put a message into a queue. What a FIFO queue was sent in the last five minutes is answered, not sent again."""
    scope = message.group if queue.by_group else ""
    if queue.is_fifo:
        before = _duplicate(tx, queue, scope, message.deduplication_id, now)
        if before is not None:
            return before
    message_id = str(uuid.uuid4())
    delay = message.delay_seconds if message.delay_seconds is not None else queue.seconds("DelaySeconds")
    system = dict(message.system)
    if queue.is_fifo:
        system["MessageDeduplicationId"] = message.deduplication_id
    values = {
        "queue": queue.arn,
        "message_id": message_id,
        "content": vault.seal(json.dumps([message.body, _plain(message.attributes)]), message_id),
        "group": message.group,
        "sent": now,
        "expires": now + queue.seconds("MessageRetentionPeriod"),
        "visible": now + delay,
        "receives": 0,
        "system": system,
    }
    key = tx.execute(sa.insert(queue_messages), values).inserted_primary_key
    assert key is not None
    sent = Sent(message_id, int(key[0]))
    if queue.is_fifo:
        _remember(tx, queue, scope, message.deduplication_id, sent, now)
    announce(tx, queue.arn)
    return sent


def announce(tx: Tx, arn: str) -> None:
    """Tell those who wait for a message of this queue: callers, and functions that are asked with them."""
    event_sources.wake(tx, arn)
    tx.after_commit(tx.signals.messages_of(arn).send)


def content(vault: Vault, row: Mapping[str, Any]) -> tuple[str, dict[str, JsonDict]]:
    """A message's body and attributes."""
    body, attributes = json.loads(vault.open(row["content"], row["message_id"]))
    for one in attributes.values():
        if "BinaryValue" in one:
            one["BinaryValue"] = base64.b64decode(one["BinaryValue"])
    return body, attributes


def content_id(body: str) -> str:
    """The deduplication id of queues that tell duplicates by content."""
    return hashlib.sha256(body.encode()).hexdigest()


def forget(tx: Tx, arn: str) -> None:
    """Remove every message of a queue."""
    tx.execute(sa.delete(queue_messages).where(queue_messages.c.queue == arn))


def forget_expired(tx: Tx, now: float) -> None:
    """Remove messages whose time is over, in all queues, and what was remembered against duplicates."""
    tx.execute(sa.delete(queue_messages).where(queue_messages.c.expires <= now))
    tx.execute(sa.delete(queue_deduplications).where(queue_deduplications.c.expires <= now))


def _plain(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, JsonDict]:
    plain: dict[str, JsonDict] = {}
    for name, one in attributes.items():
        plain[name] = dict(one)
        if "BinaryValue" in one:
            plain[name]["BinaryValue"] = base64.b64encode(bytes(one["BinaryValue"])).decode()
    return plain


def _duplicate(tx: Tx, queue: Queue, scope: str, id_: str, now: float) -> Sent | None:
    c = queue_deduplications.c
    where = (c.queue == queue.arn, c.scope == scope, c.id == id_)
    found = tx.one(sa.select(queue_deduplications).where(*where))
    if found is not None and found["expires"] > now:
        return Sent(found["message_id"], found["number"])
    tx.execute(sa.delete(queue_deduplications).where(*where))
    return None


def _remember(tx: Tx, queue: Queue, scope: str, id_: str, sent: Sent, now: float) -> None:
    values = {"message_id": sent.message_id, "number": sent.number, "expires": now + DEDUPLICATION_SECONDS}
    tx.execute(sa.insert(queue_deduplications), {"queue": queue.arn, "scope": scope, "id": id_, **values})
