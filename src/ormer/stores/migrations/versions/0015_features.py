"""Records of Feature Store."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "feature_online_records",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("event_time", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group", "identifier", name=op.f("pk_feature_online_records")),
    )
    op.create_table(
        "feature_offline_records",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("event_time", sa.Float(), nullable=False),
        sa.Column("invoked", sa.Float(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_offline_records")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feature_offline_records_group", "feature_offline_records", ["group", "id"])
