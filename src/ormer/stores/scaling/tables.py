"""The table of scaling activities."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# One row a change of a target's capacity, written in the transaction that orders the change.
#   InProgress -> Successful | Failed
scaling_activities = sa.Table(
    "scaling_activities",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("target_arn", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("resource_id", sa.Text, nullable=False),
    sa.Column("dimension", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("status", sa.Text, nullable=False),
    # The policy behind it; "" for a scheduled action, or bounds that were set.
    sa.Column("policy_arn", sa.Text, nullable=False, default=""),
    sa.Column("capacity_before", sa.Integer, nullable=False),
    sa.Column("capacity_after", sa.Integer, nullable=False),
    # DescribeScalingActivities' words.
    sa.Column("document", Document, nullable=False),
    sa.Index("ix_scaling_activities_target", "target_arn", "number"),
    sa.Index("ix_scaling_activities_listing", "account", "region", "number"),
)
