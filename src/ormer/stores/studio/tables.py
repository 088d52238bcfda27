"""Tables of Studio's sign-in. Tokens are kept as digests: whoever reads the database signs in nowhere by it."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import metadata

# A link opens one session, once.
studio_links = sa.Table(
    "studio_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    # Who is signed in by it: the account's root, or a user's ARN.
    sa.Column("arn", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)

studio_sessions = sa.Table(
    "studio_sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
    sa.Index("ix_studio_sessions_arn", "arn"),
)
