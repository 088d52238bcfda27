"""Pages of the scheduler's lists: by name, MaxResults at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ormer.stores import nouns, resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

PAGE = 100


def rows_of(call: Call, noun: Noun, request: dict[str, Any], *conditions: sa.ColumnElement[bool]) -> list[Row]:
    """The caller's resources of a kind whose names begin with NamePrefix, by name."""
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == noun.service, c.kind == noun.kind)
    with call.read() as tx:
        found = resources.select(tx, *where, *conditions, order=c.name)
    return [row for row in found if row.name.startswith(request.get("NamePrefix", ""))]


def page_of(found: Sequence[Row], request: dict[str, Any]) -> tuple[Sequence[Row], dict[str, str]]:
    """One page and {} or {"NextToken": …}."""
    page, following = nouns.page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return page, {"NextToken": following} if following else {}
