"""Lists in pages, newest first; a page token says behind which row the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.cloudformation.refusals import invalid
from ormer.stores.nouns import decode_place, encode_place, page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
T = TypeVar("T")
PAGE = 100


def newest_first(call: Call, request: JsonDict, *conditions: sa.ColumnElement[bool]) -> tuple[list[Row], JsonDict]:
    """One page of the caller's resources, and {} or {"NextToken": …}."""
    c = table.c
    where = [c.account == call.account, c.region == call.region, c.service == "cloudformation", *conditions]
    if request.get("NextToken"):
        created, arn = place(request["NextToken"])
        where.append(sa.or_(c.created < created, sa.and_(c.created == created, c.arn < arn)))
    statement = sa.select(table).where(*where).order_by(c.created.desc(), c.arn.desc()).limit(PAGE + 1)
    with call.read() as tx:
        found = [Row(**row) for row in tx.all(statement)]
    if len(found) <= PAGE:
        return found, {}
    last = found[PAGE - 1]
    return found[:PAGE], {"NextToken": encode_place(last.created, last.arn)}


def place(token: str) -> tuple[Any, str]:
    """What a page token stands for; ValidationError for one that is not ours."""
    try:
        return decode_place(token)
    except AwsError as error:
        raise invalid(error.message) from None


def sliced(found: Sequence[T], request: JsonDict, length: int = PAGE) -> tuple[Sequence[T], JsonDict]:
    """One page of a list that is there as a whole."""
    try:
        page, following = page_of(found, request.get("NextToken"), length)
    except AwsError as error:
        raise invalid(error.message) from None
    return page, {"NextToken": following} if following else {}
