"""Pages of EventBridge's lists: Limit and NextToken over what is sorted already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ormer.stores import nouns

PAGE = 100
T = TypeVar("T")


def page_of(found: Sequence[T], request: dict[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """One page and {} or {"NextToken": …}."""
    page, following = nouns.page_of(found, request.get("NextToken"), int(request.get("Limit", PAGE)))
    return page, {"NextToken": following} if following else {}
