"""Event rules: the bus of an event, targets of rules, and deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("events", sa.Column("bus", sa.Text(), nullable=False, server_default="default"))
    op.create_table(
        "rule_targets",
        sa.Column("rule_arn", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule_arn", "id", name=op.f("pk_rule_targets")),
    )
    op.create_index("ix_rule_targets_arn", "rule_targets", ["arn"])
    op.create_table(
        "event_deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("replay", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Float(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_deliveries")),
        sa.UniqueConstraint(
            "sender",
            "target_id",
            "event_id",
            "replay",
            name=op.f("uq_event_deliveries_sender_target_id_event_id_replay"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_deliveries_sender", "event_deliveries", ["sender", "id"])
    op.create_index("ix_event_deliveries_status", "event_deliveries", ["status", "id"])


def downgrade() -> None:
    op.drop_table("event_deliveries")
    op.drop_table("rule_targets")
    op.drop_column("events", "bus")
