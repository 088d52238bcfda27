"""Monitoring alerts: what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "monitoring_alert_history",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("schedule_arn", sa.Text(), nullable=False),
        sa.Column("schedule_name", sa.Text(), nullable=False),
        sa.Column("alert_name", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_monitoring_alert_history")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_monitoring_alert_history_listing",
        "monitoring_alert_history",
        ["account", "region", "schedule_name", "number"],
        unique=False,
    )
    op.create_index("ix_monitoring_alert_history_schedule", "monitoring_alert_history", ["schedule_arn"], unique=False)
