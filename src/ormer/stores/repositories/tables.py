"""Tables of repositories: where each lies, the refs the store has told about, and changes of refs under way."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# A repository's folder is named after its id; its ARN changes when it is renamed.
repositories = sa.Table(
    "repositories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False),
    sa.UniqueConstraint("arn"),
)

# The refs as the last events told them. What lies on the disk and differs has not been told yet.
repository_refs = sa.Table(
    "repository_refs",
    metadata,
    sa.Column("repository_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("commit_id", sa.Text, nullable=False),
)

# A row stands while somebody may be moving refs; one that is left over belongs to a process that was killed.
repository_changes = sa.Table(
    "repository_changes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.Text, nullable=False),
    # Who is changing, for the events: an ARN.
    sa.Column("actor", sa.Text, nullable=False, default=""),
    # [{"ref": …, "new": …, "detail": {…}}]: what was asked for, and what the event of it says beside the usual.
    sa.Column("commands", Document, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Index("ix_repository_changes_repository", "repository_id"),
)
