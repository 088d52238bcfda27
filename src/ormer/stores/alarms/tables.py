"""Tables of alarms: the series that each looks at, and the history that outlives it."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# A new point of the series nudges the alarm; an alarm of metric math has several rows.
alarm_series = sa.Table(
    "alarm_series",
    metadata,
    sa.Column("alarm_arn", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("namespace", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("dimensions", sa.Text, primary_key=True),
    sa.Index("ix_alarm_series_metric", "account", "region", "namespace", "name", "dimensions"),
)

# DescribeAlarmHistory: what happened, in AWS's words.
alarm_history = sa.Table(
    "alarm_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("alarm_name", sa.Text, nullable=False),
    # MetricAlarm or CompositeAlarm.
    sa.Column("alarm_type", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    # ConfigurationUpdate, StateUpdate or Action.
    sa.Column("item_type", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("data", Document, nullable=False),
    # The action's task, so that one that is tried again is not executed twice.
    sa.Column("action_id", sa.Text, unique=True),
    sa.Index("ix_alarm_history_alarm", "account", "region", "alarm_name", "time"),
)
