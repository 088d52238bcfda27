"""What policies may ask of an object's tags: `s3:ExistingObjectTag/KEY`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.objects.rows import encode_key
from ormer.stores.objects.tables import objects

PREFIX = "s3:ExistingObjectTag/"
BUCKETS = "arn:aws:s3:::"


def asked(documents: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any policy asks for tags: only then is the object looked at."""
    return any(PREFIX in str(document) for document in documents)


def existing(tx: Tx, target: str, version: str | None) -> dict[str, str]:
    """{condition key: value} of the tags of the object with this ARN, {} where there is none."""
    bucket, _, key = target.removeprefix(BUCKETS).partition("/")
    if not key:
        return {}
    c = objects.c
    which = c.version == version if version else c.latest.is_(True)
    row = tx.one(sa.select(c.tags).where(c.bucket == bucket, c.key == encode_key(key), which))
    return {f"{PREFIX}{name}": value for name, value in row["tags"].items()} if row is not None else {}
