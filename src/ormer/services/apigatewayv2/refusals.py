"""The rows of what a request names, or why there are none, and pages."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import not_found
from ormer.stores import http_apis, nouns
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 100


def api_of(tx: Tx, call: Call, request: JsonDict) -> Row:
    """The API that a request names. Raises NotFoundException."""
    row = http_apis.find_api(tx, call.account, call.region, request["ApiId"])
    if row is None:
        raise not_found(f"Invalid API identifier specified {call.account}:{request['ApiId']}")
    return row


def part_of(tx: Tx, api: Row, kind: str, name: str) -> Row:
    """A route, an integration, a deployment or a stage of an API. Raises NotFoundException."""
    row = http_apis.part(tx, api, kind, name)
    if row is None:
        raise not_found(f"Unable to find {kind.removeprefix('HttpApi')} by ID {name} within API {api.name}")
    return row


def page(shown: list[JsonDict], request: JsonDict) -> JsonDict:
    """One page of a list."""
    found, following = nouns.page_of(shown, request.get("NextToken"), int(request.get("MaxResults") or PAGE))
    return {"Items": list(found), **({"NextToken": following} if following else {})}


def given(request: JsonDict, *apart: str) -> JsonDict:
    """A request's members less those that only say what it is about."""
    return {name: value for name, value in request.items() if name not in ("ApiId", *apart)}
