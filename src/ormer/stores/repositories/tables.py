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

# What happened to pull requests, in order: DescribePullRequestEvents.
pull_request_events = sa.Table(
    "pull_request_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("pull_request_arn", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, default=""),
    # The event's own member, in AWS's words.
    sa.Column("metadata", Document, nullable=False),
    sa.Index("ix_pull_request_events_arn", "pull_request_arn", "id"),
)

# What is said about commits and in pull requests; replies name what they reply to.
repository_comments = sa.Table(
    "repository_comments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("repository_id", sa.Text, nullable=False),
    sa.Column("pull_request_id", sa.Text, nullable=False, default=""),
    sa.Column("in_reply_to", sa.Text, nullable=False, default=""),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    sa.Column("token", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("modified", sa.Float, nullable=False),
    # Commits, blobs and place it is about, in AWS's words.
    sa.Column("place", Document, nullable=False),
    sa.Index("ix_repository_comments_place", "repository_id", "pull_request_id", "number"),
)

# A row stands while somebody may be moving refs; one that is left over belongs to a process that was killed.
repository_changes = sa.Table(
    "repository_changes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repository_id", sa.Text, nullable=False),
    # Who is changing, for the events: an ARN.
    sa.Column("actor", sa.Text, nullable=False, default=""),
    # [{"ref": …, "new": …, "detail": {…}, "pull_request": …}]: what was asked for, what the event of it says beside the
    # usual, and the pull request that it merges.
    sa.Column("commands", Document, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Index("ix_repository_changes_repository", "repository_id"),
)
