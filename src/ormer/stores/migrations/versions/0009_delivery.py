"""Delivery pipelines: declarations by version, and runs of actions."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "delivery_declarations",
        sa.Column("pipeline_arn", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("declaration", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("pipeline_arn", "version", name=op.f("pk_delivery_declarations")),
    )
    op.create_table(
        "delivery_actions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pipeline_arn", sa.Text(), nullable=False),
        sa.Column("execution_arn", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("started", sa.Float(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_delivery_actions")),
        sa.UniqueConstraint("id", name="uq_delivery_actions_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_delivery_actions_execution", "delivery_actions", ["execution_arn", "stage", "action"], unique=False
    )
    op.create_index(
        "ix_delivery_actions_pipeline", "delivery_actions", ["pipeline_arn", "stage", "action", "number"], unique=False
    )
