"""Pages of EventBridge's lists: Limit and NextToken over what is sorted already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ormer.stores.nouns import decode_token, encode_token

PAGE = 100
T = TypeVar("T")


def page_of(found: Sequence[T], request: dict[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """One page and {} or {"NextToken": …}."""
    start = decode_token(request.get("NextToken"))
    end = start + int(request.get("Limit", PAGE))
    return found[start:end], {"NextToken": encode_token(end)} if len(found) > end else {}
