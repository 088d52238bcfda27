"""Secrets Manager's rows: every version of every secret, sealed, with its staging labels.

Labels move between versions; a version without any is deprecated and is forgotten when there are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import Document, metadata
from ormer.stores.tables import resources as table

SERVICE, KIND = "secretsmanager", "Secret"
CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
# The tasks that remove a secret when its recovery window is over, and that rotate it.
DELETION_TASK, ROTATION_TASK = "secret_deletion", "secret_rotation"
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
DEPRECATED_MAX = 100

secret_versions = sa.Table(
    "secret_versions",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    # In the order they came.
    sa.Column("number", sa.Integer, nullable=False),
    # What was sealed under the key, and whether it was bytes (then as base64). Empty while a
    # rotation has yet to write it.
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("is_binary", sa.Boolean, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("stages", Document, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class Version:
    """One version of a secret."""

    arn: str
    id: str
    number: int
    sealed: bytes
    is_binary: bool
    key_id: str
    stages: list[str]
    created: float


def secret(tx: Tx, account: str, region: str, given: str) -> Row | None:
    """The secret of this name, ARN, or ARN without the six characters that were added to its name; else None."""
    if not arns.is_arn(given):
        return resources.find(tx, account, region, SERVICE, KIND, given)
    row = resources.get(tx, given)
    if row is not None:
        return row if row.kind == KIND else None
    parts = arns.parse(given)
    name = parts.resource.removeprefix("secret:")
    found = resources.find(tx, parts.account, parts.region, SERVICE, KIND, name)
    return found if parts.service == SERVICE else None


def of(tx: Tx, arn: str) -> Sequence[Version]:
    """A secret's versions, oldest first."""
    c = secret_versions.c
    return [Version(**row) for row in tx.all(sa.select(secret_versions).where(c.arn == arn).order_by(c.number))]


def find(tx: Tx, arn: str, version_id: str = "", stage: str = "") -> Version | None:
    """The version of this id and stage; of the stage alone, or of the id alone, where the other is ""."""
    return next((one for one in of(tx, arn) if version_id in ("", one.id) and (not stage or stage in one.stages)), None)


def add(tx: Tx, version: Version) -> None:
    """Keep a new version, without stages yet."""
    tx.execute(sa.insert(secret_versions), version.__dict__)


def fill(tx: Tx, version: Version, body: bytes, is_binary: bool, key_id: str) -> None:
    """Give a version that a rotation began its value."""
    c = secret_versions.c
    change = {"sealed": body, "is_binary": is_binary, "key_id": key_id}
    tx.execute(sa.update(secret_versions).where(c.arn == version.arn, c.id == version.id).values(**change))


def move(tx: Tx, arn: str, stage: str, to: str | None) -> None:
    """Give a stage to the version of id `to` alone (None: to none). Who loses AWSCURRENT becomes AWSPREVIOUS."""
    losing = next((one for one in of(tx, arn) if stage in one.stages and one.id != to), None)
    if losing is not None:
        _stage(tx, losing, [one for one in losing.stages if one != stage])
    if to is not None:
        (gaining,) = (one for one in of(tx, arn) if one.id == to)
        kept = [one for one in gaining.stages if one != stage and (stage, one) != (CURRENT, PREVIOUS)]
        _stage(tx, gaining, [*kept, stage])
    if stage == CURRENT and losing is not None:
        move(tx, arn, PREVIOUS, losing.id)


def forget_deprecated(tx: Tx, arn: str) -> None:
    """Forget versions without stages, the oldest first, when there are too many."""
    deprecated = [one for one in of(tx, arn) if not one.stages]
    for one in deprecated[: max(0, len(deprecated) - DEPRECATED_MAX)]:
        forget(tx, one)


def forget(tx: Tx, version: Version) -> None:
    """Forget one version."""
    c = secret_versions.c
    tx.execute(sa.delete(secret_versions).where(c.arn == version.arn, c.id == version.id))


def remove(tx: Tx, arn: str) -> None:
    """Delete a secret with all its versions."""
    tx.execute(sa.delete(secret_versions).where(secret_versions.c.arn == arn))
    resources.delete(tx, arn)


def rows(tx: Tx, account: str, region: str) -> Sequence[Row]:
    """Every secret, oldest first."""
    c = table.c
    return resources.select(tx, c.account == account, c.region == region, c.service == SERVICE, c.kind == KIND)


def stages_by_version(versions: Iterable[Version]) -> dict[str, list[str]]:
    """{version id: its stages} of versions that have any."""
    return {one.id: one.stages for one in versions if one.stages}


def _stage(tx: Tx, version: Version, stages: list[str]) -> None:
    c = secret_versions.c
    tx.execute(sa.update(secret_versions).where(c.arn == version.arn, c.id == version.id).values(stages=stages))
