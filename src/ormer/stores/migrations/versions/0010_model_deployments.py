"""Deployments of model versions: which endpoint began to serve which version, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "model_deployments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("package_arn", sa.Text(), nullable=False),
        sa.Column("endpoint_arn", sa.Text(), nullable=False),
        sa.Column("endpoint_name", sa.Text(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_deployments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_model_deployments_package", "model_deployments", ["package_arn", "id"], unique=False)
    op.create_index("ix_model_deployments_endpoint", "model_deployments", ["endpoint_arn", "id"], unique=False)
