"""Stacks: names in use, what was asked for, resources, events, exports and imports."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "stack_names",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "name", name=op.f("pk_stack_names")),
    )
    op.create_table(
        "stack_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("stack_arn", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_requests")),
    )
    op.create_index("ix_stack_requests_stack", "stack_requests", ["stack_arn"], unique=False)
    op.create_table(
        "stack_members",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("stack_arn", sa.Text(), nullable=False),
        sa.Column("logical_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("physical_id", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("todo", sa.Text(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("declared", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_members")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stack_members_stack", "stack_members", ["stack_arn", "position"], unique=False)
    op.create_index("ix_stack_members_physical", "stack_members", ["physical_id"], unique=False)
    op.create_table(
        "stack_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("stack_arn", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("logical_id", sa.Text(), nullable=False),
        sa.Column("physical_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stack_events_stack", "stack_events", ["stack_arn", "id"], unique=False)
    op.create_table(
        "stack_exports",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stack_arn", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "name", name=op.f("pk_stack_exports")),
    )
    op.create_index("ix_stack_exports_stack", "stack_exports", ["stack_arn"], unique=False)
    op.create_table(
        "stack_imports",
        sa.Column("stack_arn", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stack_arn", "name", name=op.f("pk_stack_imports")),
    )
    op.create_index("ix_stack_imports_name", "stack_imports", ["account", "region", "name"], unique=False)
