"""Tags of resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from ormer.stores.database import Tx, upsert
from ormer.stores.tables import tags

# Asked at every authorised request: built once.
OF = sa.select(tags.c.key, tags.c.value).where(tags.c.arn == sa.bindparam("of_arn")).order_by(tags.c.key)


def of(tx: Tx, arn: str) -> dict[str, str]:
    """{key: value}, by key."""
    rows = tx.all(OF, {"of_arn": arn})
    return {row["key"]: row["value"] for row in rows}


def listed(tx: Tx, arn: str) -> list[dict[str, str]]:
    """AWS's form: [{"Key": ..., "Value": ...}], by key."""
    return [{"Key": key, "Value": value} for key, value in of(tx, arn).items()]


def put(tx: Tx, arn: str, pairs: Iterable[Mapping[str, str]]) -> None:
    """Add tags, replacing values of keys that are there."""
    for pair in pairs:
        values = {"arn": arn, "key": pair["Key"], "value": pair.get("Value", "")}
        tx.execute(upsert(tx, tags, ["arn", "key"], values))


def remove(tx: Tx, arn: str, keys: Iterable[str]) -> None:
    """Remove tags; keys that are not there are passed over."""
    tx.execute(sa.delete(tags).where(tags.c.arn == arn, tags.c.key.in_(list(keys))))
