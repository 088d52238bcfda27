"""Lists in pages: PageSize and PageToken."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.nouns import decode_token, encode_token

JsonDict = dict[str, Any]
PAGE = 20


def page(found: list[Any], request: JsonDict) -> tuple[list[Any], JsonDict]:
    """One page of a list, and {} or {"NextPageToken": …}. Raises InvalidParametersException for a foreign token."""
    try:
        start = decode_token(request.get("PageToken"))
    except AwsError as error:
        raise AwsError("InvalidParametersException", error.message) from None
    end = start + (request.get("PageSize") or PAGE)
    return found[start:end], {"NextPageToken": encode_token(end)} if len(found) > end else {}
