"""HTTP APIs: made alone, with a target at once (quick create), or of an OpenAPI document."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import bad_request
from ormer.services.apigatewayv2 import integrations, openapi, routes, stages
from ormer.services.apigatewayv2.refusals import api_of, given, page
from ormer.stores import http_apis, resources, rest_apis, tagging
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
QUICK = ("Target", "RouteKey", "CredentialsArn")
DEFAULTS: JsonDict = {
    "RouteSelectionExpression": "$request.method $request.path",
    "ApiKeySelectionExpression": "$request.header.x-api-key",
    "DisableExecuteApiEndpoint": False,
    "IpAddressType": "ipv4",
}


def create_api(call: Call, request: JsonDict) -> JsonDict:
    """Make an HTTP API; with a Target also a route to it, and a stage that deploys by itself.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    Differs: WebSocket APIs are refused.
    Errors: BadRequestException.
    """
    if request["ProtocolType"] != "HTTP":
        raise bad_request("WebSocket APIs are not there: ProtocolType must be HTTP.")
    with call.write() as tx:
        row = _made(tx, call, {name: value for name, value in request.items() if name not in QUICK})
        if request.get("Target"):
            _quick(call, row, request)
    return _shown(call, row)


def _made(tx: Tx, call: Call, words: JsonDict) -> Row:
    api_id = rest_apis.new_id(rest_apis.API_ID_LENGTH)
    row = resources.create(
        tx,
        arn=http_apis.api_arn(call.region, call.account, api_id),
        kind=http_apis.API,
        name=api_id,
        document={
            **DEFAULTS,
            **{name: value for name, value in words.items() if name != "Tags"},
            "ProtocolType": "HTTP",
            "ApiId": api_id,
            "ApiEndpoint": f"https://{api_id}.execute-api.{call.region}.amazonaws.com",
            "CreatedDate": call.now,
        },
        tag_list=[{"Key": key, "Value": value} for key, value in (words.get("Tags") or {}).items()],
        now=call.now,
        event=False,
    )
    assert row is not None, "a new id is nobody's"
    return row


def _quick(call: Call, row: Row, request: JsonDict) -> None:
    key = {"ApiId": row.name}
    kind = "AWS_PROXY" if request["Target"].startswith("arn:") else "HTTP_PROXY"
    asked = {**key, "IntegrationType": kind, "IntegrationUri": request["Target"], "PayloadFormatVersion": "2.0"}
    if request.get("CredentialsArn"):
        asked["CredentialsArn"] = request["CredentialsArn"]
    made = integrations.create_integration(call, asked)
    route = request.get("RouteKey") or http_apis.DEFAULT
    routes.create_route(call, {**key, "RouteKey": route, "Target": f"integrations/{made['IntegrationId']}"})
    stages.create_stage(call, {**key, "StageName": http_apis.DEFAULT, "AutoDeploy": True})


def import_api(call: Call, request: JsonDict) -> JsonDict:
    """Make an HTTP API of an OpenAPI 3 document.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    Differs: authorizers are refused.
    Errors: BadRequestException.
    """
    document = openapi.read(request["Body"])
    with call.write() as tx:
        row = _made(tx, call, openapi.words(document))
        openapi.put(call, row.name, document)
    return get_api(call, {"ApiId": row.name})


def reimport_api(call: Call, request: JsonDict) -> JsonDict:
    """Put an OpenAPI 3 document in place of an API's routes.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html
    Errors: BadRequestException, NotFoundException.
    """
    document = openapi.read(request["Body"])
    with call.write() as tx:
        row = api_of(tx, call, request)
        for kind in (http_apis.ROUTE, http_apis.INTEGRATION):
            for part in http_apis.parts(tx, row, kind):
                resources.delete(tx, part.arn)
        resources.save(tx, row, openapi.words(document), now=call.now)
        openapi.put(call, row.name, document)
        http_apis.deploy_changes(tx, api_of(tx, call, request), call.now)
    return get_api(call, request)


def get_api(call: Call, request: JsonDict) -> JsonDict:
    """Answer an API. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return _shown(call, api_of(tx, call, request))


def get_apis(call: Call, request: JsonDict) -> JsonDict:
    """Page through HTTP APIs. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    c = table.c
    with call.read() as tx:
        here = (c.account == call.account, c.region == call.region, c.kind == http_apis.API)
        found = resources.select(tx, *here)
    return page([_shown(call, row) for row in found], request)


def update_api(call: Call, request: JsonDict) -> JsonDict:
    """Change an API's members. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html

    Errors: BadRequestException, NotFoundException.
    """
    if any(request.get(name) for name in QUICK):
        raise bad_request("Change the route and its integration themselves: Target and RouteKey make an API only.")
    with call.write() as tx:
        row = resources.save(tx, api_of(tx, call, request), given(request), now=call.now)
        http_apis.deploy_changes(tx, row, call.now)
    return _shown(call, row)


def delete_api(call: Call, request: JsonDict) -> JsonDict:
    """Delete an API with all that belongs to it. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row = api_of(tx, call, request)
        for kind in http_apis.PLACES:
            for part in http_apis.parts(tx, row, kind):
                resources.delete(tx, part.arn)
        resources.delete(tx, row.arn)
    return {}


def delete_cors_configuration(call: Call, request: JsonDict) -> JsonDict:
    """Answer other origins no more. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-cors.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row = resources.save(tx, api_of(tx, call, request), {}, now=call.now, drop=("CorsConfiguration",))
        http_apis.deploy_changes(tx, row, call.now)
    return {}


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to an API. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        pairs = [{"Key": key, "Value": value} for key, value in (request.get("Tags") or {}).items()]
        tagging.put(tx, _tagged(tx, call, request), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        tagging.remove(tx, _tagged(tx, call, request), request["TagKeys"])
    return {}


def get_tags(call: Call, request: JsonDict) -> JsonDict:
    """An API's tags. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return {"Tags": tagging.of(tx, _tagged(tx, call, request))}


def _tagged(tx: Tx, call: Call, request: JsonDict) -> str:
    """The row behind AWS's ARN of an API, which says no account."""
    return api_of(tx, call, {"ApiId": request["ResourceArn"].rpartition("/apis/")[2].partition("/")[0]}).arn


def _shown(call: Call, row: Row) -> JsonDict:
    with call.read() as tx:
        return {**row.document, "Tags": tagging.of(tx, row.arn)}
