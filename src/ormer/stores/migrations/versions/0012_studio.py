"""Studio: sign-in links and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "studio_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_studio_links")),
    )
    op.create_table(
        "studio_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_studio_sessions")),
    )
    op.create_index("ix_studio_sessions_arn", "studio_sessions", ["arn"], unique=False)
