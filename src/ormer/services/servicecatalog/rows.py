"""Portfolios, products and constraints of an account as requests name them, and their tags as requests change them."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import catalogs, tagging
from ormer.stores.database import Tx
from ormer.stores.nouns import unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def portfolio_of(call: Call, identifier: str) -> Row:
    """The caller's portfolio. Raises ResourceNotFoundException."""
    return _found(call, catalogs.PORTFOLIO, identifier)


def product_of(call: Call, identifier: str) -> Row:
    """The account's own product. Raises ResourceNotFoundException."""
    return _found(call, catalogs.PRODUCT, identifier)


def constraint_of(call: Call, identifier: str) -> Row:
    """The account's launch constraint. Raises ResourceNotFoundException."""
    return _found(call, catalogs.CONSTRAINT, identifier)


def retag(tx: Tx, arn: str, request: JsonDict) -> list[JsonDict]:
    """Take RemoveTags away and add AddTags. Returns the tags that there are then."""
    tagging.remove(tx, arn, request.get("RemoveTags", ()))
    tagging.put(tx, arn, unique_tags(request.get("AddTags", ())))
    return tagging.listed(tx, arn)


def _found(call: Call, kind: str, identifier: str) -> Row:
    with call.read() as tx:
        row = catalogs.find(tx, kind, call.account, call.region, identifier)
    if row is None:
        noun = catalogs.RESOURCES[kind].capitalize()
        raise AwsError("ResourceNotFoundException", f"{noun} {identifier} not found.")
    return row
