"""The tables of messages."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

queue_messages = sa.Table(
    "queue_messages",
    metadata,
    # The order of sending; the sequence number of FIFO queues.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    # Body and attributes, sealed under the home's key file.
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("group", sa.Text, nullable=False, default=""),
    sa.Column("sent", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    # From when on it may be received.
    sa.Column("visible", sa.Float, nullable=False),
    sa.Column("receives", sa.Integer, nullable=False, default=0),
    sa.Column("first_received", sa.Float),
    # What the last one to receive it deletes it by; None before.
    sa.Column("receipt", sa.Text),
    # SenderId, MessageDeduplicationId, AWSTraceHeader, DeadLetterQueueSourceArn.
    sa.Column("system", Document, nullable=False),
    sa.Index("ix_queue_messages_visible", "queue", "visible"),
    sa.Index("ix_queue_messages_group", "queue", "group"),
    sqlite_autoincrement=True,
)

# What was sent to a FIFO queue in the last five minutes: sent again it is the same message.
queue_deduplications = sa.Table(
    "queue_deduplications",
    metadata,
    sa.Column("queue", sa.Text, primary_key=True),
    # The message group where these are told apart, else "".
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
