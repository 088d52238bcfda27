"""Parameter Store's rows: every version of every parameter, with its labels.

The parameter's own document holds what does not change from version to version; values stand here only, those of
SecureStrings sealed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores.database import Tx
from ormer.stores.tables import Document, metadata

JsonDict = dict[str, Any]
SERVICE, KIND = "ssm", "Parameter"
SECURE = "SecureString"
# The task that removes a parameter when its Expiration policy says so.
EXPIRY_TASK = "parameter_expiry"

parameter_versions = sa.Table(
    "parameter_versions",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # As it is, or base64 of what was sealed.
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("labels", Document, nullable=False),
    sa.Column("modified", sa.Float, nullable=False),
    # AWS's words on this version: Type, KeyId, Description, AllowedPattern, Tier, Policies, DataType, LastModifiedUser.
    sa.Column("document", Document, nullable=False),
)


@dataclass(frozen=True)
class Version:
    """One version of a parameter. value: of a SecureString still sealed, as base64."""

    arn: str
    number: int
    value: str
    labels: list[str]
    modified: float
    document: JsonDict

    @property
    def is_secure(self) -> bool:
        return bool(self.document["Type"] == SECURE)

    @property
    def sealed(self) -> bytes:
        return base64.b64decode(self.value)


def arn_of(account: str, region: str, name: str) -> str:
    """A parameter's ARN: one slash before its name, however that begins."""
    return arns.arn(SERVICE, region, account, f"parameter/{name.removeprefix('/')}")


def add(tx: Tx, version: Version) -> None:
    """Keep a new version."""
    tx.execute(sa.insert(parameter_versions), version.__dict__)


def of(tx: Tx, arn: str) -> Sequence[Version]:
    """Every version of a parameter, oldest first."""
    c = parameter_versions.c
    rows = tx.all(sa.select(parameter_versions).where(c.arn == arn).order_by(c.number))
    return [Version(**row) for row in rows]


def newest(tx: Tx, arns_: Iterable[str]) -> dict[str, Version]:
    """{ARN: newest version} of these parameters."""
    c = parameter_versions.c
    last = sa.select(c.arn, sa.func.max(c.number).label("number")).where(c.arn.in_(list(arns_))).group_by(c.arn)
    found = last.subquery()
    joined = sa.and_(found.c.arn == c.arn, found.c.number == c.number)
    rows = tx.all(sa.select(parameter_versions).join(found, joined))
    return {row["arn"]: Version(**row) for row in rows}


def label(tx: Tx, version: Version, labels: list[str]) -> None:
    """Give a version exactly these labels."""
    c = parameter_versions.c
    where = (c.arn == version.arn, c.number == version.number)
    tx.execute(sa.update(parameter_versions).where(*where).values(labels=labels))


def forget(tx: Tx, arn: str, number: int | None = None) -> None:
    """Remove one version of a parameter, or all."""
    c = parameter_versions.c
    where = [c.arn == arn] if number is None else [c.arn == arn, c.number == number]
    tx.execute(sa.delete(parameter_versions).where(*where))
