"""Records: the newest of each identifier for the online store, and all of them until they are in the offline store."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# The newest record of each identifier of a group (its ARN).
online_records = sa.Table(
    "feature_online_records",
    metadata,
    sa.Column("group", sa.Text, primary_key=True),
    sa.Column("identifier", sa.Text, primary_key=True),
    # Seconds since the epoch, as all times here.
    sa.Column("event_time", sa.Float, nullable=False),
    # When it is gone, by its time to live.
    sa.Column("expires", sa.Float),
    # A record that was deleted softly still holds off older ones.
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    # FeatureValues, in AWS's words.
    sa.Column("record", Document, nullable=False),
)

# Acknowledged records that are in no object yet, in the order they came.
offline_records = sa.Table(
    "feature_offline_records",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("event_time", sa.Float, nullable=False),
    sa.Column("invoked", sa.Float, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    sa.Column("record", Document, nullable=False),
    sa.Index("ix_feature_offline_records_group", "group", "id"),
    sqlite_autoincrement=True,
)
