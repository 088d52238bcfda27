"""Tables of event rules and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

rule_targets = sa.Table(
    "rule_targets",
    metadata,
    sa.Column("rule_arn", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False),
    # The target as PutTargets was given it.
    sa.Column("document", Document, nullable=False),
    sa.Index("ix_rule_targets_arn", "arn"),
)

# One row for each event, sender (rule or schedule) and target; it carries all that its delivery needs.
# The statuses:
#   Pending    to be delivered, or to be tried again
#   Delivered  the target took it
#   Dead       refused for good, or tried too often or too long: what a dead-letter queue would hold
event_deliveries = sa.Table(
    "event_deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # The ARN of the rule or schedule.
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("target_id", sa.Text, nullable=False),
    # The event's uuid; a tick's is made from its sender and time.
    sa.Column("event_id", sa.Text, nullable=False),
    # The ARN of the replay that sends it again, else "".
    sa.Column("replay", sa.Text, nullable=False, default=""),
    sa.Column("target", Document, nullable=False),
    # The event in EventBridge's envelope; None for the ticks of schedules, which send only their Input.
    sa.Column("event", Document),
    # When the rule matched or the schedule fired, in calendar seconds.
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("ended", sa.Float),
    # What the target answered.
    sa.Column("answer", Document),
    # Why the last attempt failed: {"code": …, "message": …, "exhausted": …}.
    sa.Column("error", Document),
    sa.UniqueConstraint("sender", "target_id", "event_id", "replay"),
    sa.Index("ix_event_deliveries_sender", "sender", "id"),
    sa.Index("ix_event_deliveries_status", "status", "id"),
    sqlite_autoincrement=True,
)
