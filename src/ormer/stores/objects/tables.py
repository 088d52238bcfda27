"""Tables of buckets, objects and uploads."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

buckets = sa.Table(
    "s3_buckets",
    metadata,
    # Bucket names are global: they name no account.
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    # "", "Enabled" or "Suspended".
    sa.Column("versioning", sa.Text, nullable=False, default=""),
    # What is configured (CORS, encryption, ...): {AWS's member: its document}. Every write asks for it.
    sa.Column("configurations", Document, nullable=False),
    sa.Index("ix_s3_buckets_account", "account", "name"),
)

# Every version of every object, delete markers included; `latest` is what a request without a version means.
objects = sa.Table(
    "s3_objects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("bucket", sa.Text, nullable=False),
    # UTF-8 bytes: both databases compare bytes as S3 orders keys, whatever their collation.
    sa.Column("key", sa.LargeBinary, nullable=False),
    # "null" for objects written while versioning was not enabled.
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("latest", sa.Boolean, nullable=False),
    sa.Column("marker", sa.Boolean, nullable=False, default=False),
    sa.Column("etag", sa.Text, nullable=False, default=""),
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("modified", sa.Float, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False, default=""),
    # The file that holds the contents; a copy shares its source's. NULL for delete markers.
    sa.Column("blob", sa.Text),
    # Further headers, user metadata, checksums and parts, in AWS's words.
    sa.Column("document", Document, nullable=False),
    sa.Column("tags", Document, nullable=False),
    sa.UniqueConstraint("bucket", "key", "version"),
    sa.Index("ix_s3_objects_latest", "bucket", "latest", "marker", "key"),
    sa.Index("ix_s3_objects_blob", "blob"),
    sqlite_autoincrement=True,
)

uploads = sa.Table(
    "s3_uploads",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("bucket", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("document", Document, nullable=False),
    sa.Column("tags", Document, nullable=False),
    # The object's row as it was answered, once complete: a repeated Complete answers the same.
    sa.Column("completed", Document),
    sa.Index("ix_s3_uploads_key", "bucket", "key", "id"),
)

parts = sa.Table(
    "s3_parts",
    metadata,
    sa.Column("upload", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified", sa.Float, nullable=False),
    sa.Column("blob", sa.Text, nullable=False),
    sa.Column("checksums", Document, nullable=False),
    sa.Index("ix_s3_parts_blob", "blob"),
)

# Files that lost their last row: swept once they are old enough that no reader is about to open them.
garbage = sa.Table(
    "s3_garbage",
    metadata,
    sa.Column("blob", sa.Text, primary_key=True),
    # On the machine's clock, not the calendar's.
    sa.Column("since", sa.Float, nullable=False),
)
