"""Tables of browsers at tracking servers. Tokens are kept as digests: who reads the database opens nothing by them."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# A presigned URL opens one session, once.
tracking_links = sa.Table(
    "tracking_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("server", sa.Text, nullable=False),
    # Who made the URL: the session may do what they may.
    sa.Column("identity", Document, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("session_seconds", sa.Float, nullable=False),
)

tracking_sessions = sa.Table(
    "tracking_sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("identity", Document, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
