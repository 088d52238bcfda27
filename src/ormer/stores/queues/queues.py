"""Queues: found by URL or ARN, and what their attributes mean.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns, queue_urls
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.queues.tables import queue_messages
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SERVICE, KIND = "sqs", "Queue"
FIFO = ".fifo"
DEFAULTS: Mapping[str, str] = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS: Mapping[str, str] = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


@dataclass(frozen=True)
class Redrive:
    """Where messages go that were received too often."""

    target: str
    receives_max: int


@dataclass(frozen=True)
class Queue:
    """A queue with its attributes as numbers; times in seconds, sizes in bytes."""

    row: Row
    attributes: Mapping[str, str]

    @property
    def arn(self) -> str:
        return self.row.arn

    @property
    def is_fifo(self) -> bool:
        return self.row.name.endswith(FIFO)

    def seconds(self, name: str) -> float:
        return float(self.attributes[name])

    @property
    def bytes_max(self) -> int:
        return int(self.attributes["MaximumMessageSize"])

    @property
    def by_group(self) -> bool:
        """Whether duplicates are told apart within each message group."""
        return self.attributes.get("DeduplicationScope") == "messageGroup"

    @property
    def redrive(self) -> Redrive | None:
        text = self.attributes.get("RedrivePolicy")
        if not text:
            return None
        policy = json.loads(text)
        return Redrive(policy["deadLetterTargetArn"], int(policy["maxReceiveCount"]))


def queue(row: Row) -> Queue:
    """A row as a queue."""
    defaults = {**DEFAULTS, **(FIFO_DEFAULTS if row.name.endswith(FIFO) else {})}
    return Queue(row, {**defaults, **row.document["Attributes"]})


def of_arn(tx: Tx, arn: str) -> Queue | None:
    """The queue of this ARN, or None."""
    row = resources.get(tx, arn)
    return queue(row) if row is not None and row.kind == KIND and row.service == SERVICE else None


def of_url(tx: Tx, region: str, account: str, url: str) -> Queue | None:
    """The queue that a URL means; a bare name is the account's own. None when there is none."""
    place = queue_urls.parse(url)
    return of_arn(tx, arn_of(region, place.account or account, place.name)) if place is not None else None


def arn_of(region: str, account: str, name: str) -> str:
    return arns.arn(SERVICE, region, account, name)


def counts(tx: Tx, arn: str, now: float) -> JsonDict:
    """How many messages wait, are with a receiver, and are delayed, in AWS's words."""
    c = queue_messages.c
    waits = c.visible <= now
    row = tx.one(
        sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((waits, 1), else_=0)), 0).label("waiting"),
            sa.func.coalesce(sa.func.sum(sa.case((~waits & c.receipt.is_not(None), 1), else_=0)), 0).label("flying"),
            sa.func.coalesce(sa.func.sum(sa.case((~waits & c.receipt.is_(None), 1), else_=0)), 0).label("delayed"),
        ).where(c.queue == arn, c.expires > now)
    )
    assert row is not None, "an aggregate has one row"
    return {
        "ApproximateNumberOfMessages": str(row["waiting"]),
        "ApproximateNumberOfMessagesNotVisible": str(row["flying"]),
        "ApproximateNumberOfMessagesDelayed": str(row["delayed"]),
    }
