"""Versions of parameters and secrets, and messages of queues."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "parameter_versions",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arn", "number", name=op.f("pk_parameter_versions")),
    )
    op.create_table(
        "secret_versions",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_binary", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("arn", "id", name=op.f("pk_secret_versions")),
    )
    op.create_table(
        "queue_messages",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("sent", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("visible", sa.Float(), nullable=False),
        sa.Column("receives", sa.Integer(), nullable=False),
        sa.Column("first_received", sa.Float(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("system", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_queue_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_queue_messages_visible", "queue_messages", ["queue", "visible"])
    op.create_index("ix_queue_messages_group", "queue_messages", ["queue", "group"])
    op.create_table(
        "queue_deduplications",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "scope", "id", name=op.f("pk_queue_deduplications")),
    )
