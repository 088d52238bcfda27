"""Git repositories: their places, the refs that were told, changes under way, and what is said in pull requests."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repositories")),
        sa.UniqueConstraint("arn", name=op.f("uq_repositories_arn")),
    )
    op.create_table(
        "repository_refs",
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("commit_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "name", name=op.f("pk_repository_refs")),
    )
    op.create_table(
        "repository_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("commands", sa.Text(), nullable=False),
        sa.Column("started", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_changes")),
    )
    op.create_index("ix_repository_changes_repository", "repository_changes", ["repository_id"], unique=False)
