"""Resources by their tags, over all services of an account and region."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources, tags

Filter = tuple[str, Sequence[str]]
WORDS = re.compile(r"(?:^|[-_])([a-z])")
# CloudFormation's spelling of services whose names are not just capitalised.
NAMESPACES = {
    "sagemaker": "SageMaker",
    "codepipeline": "CodePipeline",
    "codebuild": "CodeBuild",
    "codecommit": "CodeCommit",
    "codeconnections": "CodeConnections",
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "servicecatalog": "ServiceCatalog",
    "application-autoscaling": "ApplicationAutoScaling",
    **{name: name.upper() for name in ("iam", "sns", "sqs", "s3", "kms", "ecr", "ssm")},
}


def find(tx: Tx, account: str, region: str, filters: Iterable[Filter], arns: Iterable[str] = ()) -> list[Row]:
    """Resources that bear a tag and meet every filter, by ARN; of these ARNs, where there are any.

    A filter is a key and the values of which the resource has one; without values the key alone is enough.
    """
    c = resources.c
    where = [c.account == account, c.region.in_((region, "")), sa.exists().where(tags.c.arn == c.arn)]
    for key, values in filters:
        having = sa.select(tags.c.arn).where(tags.c.key == key)
        where.append(c.arn.in_(having.where(tags.c.value.in_(list(values))) if values else having))
    wanted = list(arns)
    if wanted:
        where.append(c.arn.in_(wanted))
    return [Row(**row) for row in tx.all(sa.select(resources).where(*where).order_by(c.arn))]


def keys(tx: Tx, account: str, region: str) -> list[str]:
    """Every tag key that a resource bears, in order."""
    return _distinct(tx, account, region, tags.c.key)


def values(tx: Tx, account: str, region: str, key: str) -> list[str]:
    """Every value that a tag key has somewhere, in order."""
    return _distinct(tx, account, region, tags.c.value, tags.c.key == key)


def resource_type(row: Row) -> str:
    """A resource's type as CloudFormation and resource groups name it, such as AWS::SageMaker::ModelPackageGroup."""
    namespace = NAMESPACES.get(row.service) or WORDS.sub(lambda found: found[1].upper(), row.service)
    return f"AWS::{namespace}::{row.kind}"


def is_of_type(row: Row, wanted: str) -> bool:
    """Whether a resource is of a type as the tagging API writes it: `sagemaker`, or closer `sagemaker:endpoint`."""
    service, _, kind = wanted.partition(":")
    parts = row.arn.split(":", 5)
    return parts[2] == service and (not kind or re.split("[:/]", parts[5])[0] == kind)


def _distinct(
    tx: Tx, account: str, region: str, column: sa.Column[Any], *conditions: sa.ColumnElement[bool]
) -> list[str]:
    c = resources.c
    statement = sa.select(column.label("found")).distinct().join(resources, c.arn == tags.c.arn)
    statement = statement.where(c.account == account, c.region.in_((region, "")), *conditions).order_by(column)
    return [row["found"] for row in tx.all(statement)]
