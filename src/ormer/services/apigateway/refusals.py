"""The rows of what a request names, or why there are none, and pages."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import not_found
from ormer.stores import nouns, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 25


def api_of(tx: Tx, call: Call, request: JsonDict) -> Row:
    """The API that a request names. Raises NotFoundException."""
    row = rest_apis.find_api(tx, call.account, call.region, request["restApiId"])
    if row is None:
        raise not_found(f"Invalid API identifier specified {call.account}:{request['restApiId']}")
    return row


def part_of(tx: Tx, api: Row, kind: str, name: str) -> Row:
    """A resource, deployment or stage of an API. Raises NotFoundException."""
    row = rest_apis.part(tx, api, kind, name)
    if row is None:
        raise not_found(f"Invalid {kind.removeprefix('RestApi')} identifier specified")
    return row


def page(shown: list[JsonDict], request: JsonDict) -> JsonDict:
    """One page of a list by `position` and `limit`."""
    found, following = nouns.page_of(shown, request.get("position"), int(request.get("limit") or PAGE))
    return {"items": list(found), **({"position": following} if following else {})}
