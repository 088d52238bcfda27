"""The table of messages on their way."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# One row a message and subscription. What was delivered is removed; what could not be stays as a dead letter.
sns_deliveries = sa.Table(
    "sns_deliveries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("subscription_arn", sa.Text, nullable=False),
    # Notification or SubscriptionConfirmation.
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("is_dead", sa.Boolean, nullable=False, default=False),
    sa.Column("last_error", sa.Text, nullable=False, default=""),
    # Subject, Message and MessageAttributes as they were published.
    sa.Column("content", Document, nullable=False),
    sa.Index("ix_sns_deliveries_subscription", "subscription_arn", "is_dead", "number"),
)
