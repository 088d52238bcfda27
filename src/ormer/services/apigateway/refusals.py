"""API Gateway's errors, and the rows of what a request names."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import nouns, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 25


def bad_request(message: str) -> AwsError:
    """The request is wrong in itself."""
    return AwsError("BadRequestException", message)


def conflict(message: str) -> AwsError:
    """It is there already."""
    return AwsError("ConflictException", message, 409)


def not_found(message: str) -> AwsError:
    """It is not there."""
    return AwsError("NotFoundException", message, 404)


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
