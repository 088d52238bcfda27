"""Lists in pages: PageSize and PageToken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ormer.aws.errors import AwsError
from ormer.stores.nouns import page_of

JsonDict = dict[str, Any]
T = TypeVar("T")
PAGE = 20


def page(found: Sequence[T], request: JsonDict) -> tuple[Sequence[T], JsonDict]:
    """One page of a list, and {} or {"NextPageToken": …}. Raises InvalidParametersException for a foreign token."""
    try:
        shown, following = page_of(found, request.get("PageToken"), request.get("PageSize") or PAGE)
    except AwsError as error:
        raise AwsError("InvalidParametersException", error.message) from None
    return shown, {"NextPageToken": following} if following else {}
