"""Routes of HTTP APIs: which requests go to which integration."""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.api_gateway_errors import bad_request, conflict
from ormer.aws.rest_apis import METHODS
from ormer.services.apigatewayv2.refusals import api_of, given, page, part_of
from ormer.stores import http_apis, resources, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
KEY = re.compile(r"(?P<method>[A-Z]+) (?P<path>/\S*)")
TARGET = re.compile(r"integrations/(?P<id>[a-z0-9]+)")
AUTHORIZATIONS = ("NONE", "AWS_IAM")


def create_route(call: Call, request: JsonDict) -> JsonDict:
    """Send requests of a method and a path to an integration.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html
    Differs: authorizers are refused: a route is for everyone (NONE) or for who signs (AWS_IAM).
    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        _check(tx, api, request)
        name = rest_apis.new_id()
        document = {"AuthorizationType": "NONE", "ApiKeyRequired": False, **given(request), "RouteId": name}
        row = http_apis.make(tx, api, http_apis.ROUTE, name, document, call.now)
        http_apis.deploy_changes(tx, api, call.now)
    return row.document


def get_route(call: Call, request: JsonDict) -> JsonDict:
    """Answer a route. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return part_of(tx, api_of(tx, call, request), http_apis.ROUTE, request["RouteId"]).document


def get_routes(call: Call, request: JsonDict) -> JsonDict:
    """Page through routes. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html"""
    with call.read() as tx:
        found = http_apis.parts(tx, api_of(tx, call, request), http_apis.ROUTE)
    return page([row.document for row in found], request)


def update_route(call: Call, request: JsonDict) -> JsonDict:
    """Change a route. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html

    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, http_apis.ROUTE, request["RouteId"])
        _check(tx, api, {**row.document, **request}, row)
        row = resources.save(tx, row, given(request), now=call.now)
        http_apis.deploy_changes(tx, api, call.now)
    return row.document


def delete_route(call: Call, request: JsonDict) -> JsonDict:
    """Delete a route. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        resources.delete(tx, part_of(tx, api, http_apis.ROUTE, request["RouteId"]).arn)
        http_apis.deploy_changes(tx, api, call.now)
    return {}


def _check(tx: Tx, api: Row, request: JsonDict, own: Row | None = None) -> None:
    key = request["RouteKey"]
    found = KEY.fullmatch(key)
    if key != http_apis.DEFAULT and (found is None or found["method"] not in METHODS):
        raise bad_request(f"The provided route key is not formatted properly for HTTP protocol: {key}")
    kind = request.get("AuthorizationType", "NONE")
    if kind not in AUTHORIZATIONS or request.get("AuthorizerId"):
        raise bad_request(f"Authorizers are not there: {kind} is none of {' and '.join(AUTHORIZATIONS)}.")
    for row in http_apis.parts(tx, api, http_apis.ROUTE):
        if row.document["RouteKey"] == key and (own is None or row.name != own.name):
            raise conflict(f"Route with key {key} already exists for this API")
    target = request.get("Target")
    if target is not None:
        named = TARGET.fullmatch(target)
        if named is None:
            raise bad_request(f"A target is of the form integrations/ID, not {target}.")
        part_of(tx, api, http_apis.INTEGRATION, named["id"])
