"""Tables of delivery pipelines: declarations by version, and runs of actions."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

declarations = sa.Table(
    "delivery_declarations",
    metadata,
    sa.Column("pipeline_arn", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("declaration", Document, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)

# One row a run of an action: InProgress -> Succeeded | Failed | Abandoned. Nothing leaves a final status; a retried
# stage gives its actions rows of their own.
actions = sa.Table(
    "delivery_actions",
    metadata,
    # The order in which runs began.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    # AWS's actionExecutionId: the names of all that a run makes are derived from it.
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("pipeline_arn", sa.Text, nullable=False),
    sa.Column("execution_arn", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # False once the run was put aside by a retry of its stage.
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("modified", sa.Float, nullable=False),
    # ListActionExecutions' input and output.
    sa.Column("input", Document, nullable=False),
    sa.Column("output", Document, nullable=False),
    # What only ormer knows: whether the work was begun, the approval's token, answer and deadline.
    sa.Column("facts", Document, nullable=False),
    sa.UniqueConstraint("id", name="uq_delivery_actions_id"),
    sa.Index("ix_delivery_actions_execution", "execution_arn", "stage", "action"),
    sa.Index("ix_delivery_actions_pipeline", "pipeline_arn", "stage", "action", "number"),
    sqlite_autoincrement=True,
)
