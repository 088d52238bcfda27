"""What is written down about single features: one resource each, so that Search finds them.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-use-with-studio-add-metadata.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "FeatureMetadata"


def write(tx: Tx, group: Row, definitions: Iterable[JsonDict], now: float) -> None:
    """A resource for each of these features of a group."""
    for one in definitions:
        document = {
            "FeatureGroupArn": group.arn,
            "FeatureGroupName": group.name,
            "FeatureName": one["FeatureName"],
            "FeatureType": one["FeatureType"],
        }
        resources.create(
            tx,
            arn=arn_of(group, one["FeatureName"]),
            kind=KIND,
            name=one["FeatureName"],
            parent=group.arn,
            document=document,
            now=now,
            event=False,
        )


def find(tx: Tx, group: Row, feature: str) -> Row | None:
    """What is written down about a feature; None when the group has no such feature."""
    return resources.get(tx, arn_of(group, feature))


def forget(tx: Tx, group: Row) -> None:
    """All of a group that goes."""
    c = table.c
    for row in tx.all(sa.select(c.arn).where(c.kind == KIND, c.parent == group.arn)):
        resources.delete(tx, row["arn"])


def arn_of(group: Row, feature: str) -> str:
    """AWS gives features no ARN of their own; this one stays inside."""
    return f"{group.arn}/feature/{feature}"
