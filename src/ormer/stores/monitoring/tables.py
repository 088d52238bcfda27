"""The table of what became of monitoring alerts."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import metadata

# One row a change of an alert's status, written in the transaction that changes it; gone with the schedule.
monitoring_alert_history = sa.Table(
    "monitoring_alert_history",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("schedule_arn", sa.Text, nullable=False),
    sa.Column("schedule_name", sa.Text, nullable=False),
    sa.Column("alert_name", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    # InAlert | OK
    sa.Column("status", sa.Text, nullable=False),
    sa.Index("ix_monitoring_alert_history_listing", "account", "region", "schedule_name", "number"),
    sa.Index("ix_monitoring_alert_history_schedule", "schedule_arn"),
    sqlite_autoincrement=True,
)
