"""Integrations of HTTP APIs: the functions that answer for routes."""

from __future__ import annotations

from typing import Any

from ormer.aws import function_names
from ormer.aws.api_gateway_errors import bad_request, conflict
from ormer.aws.rest_apis import STAGE_VARIABLE, backend
from ormer.services.apigatewayv2.refusals import api_of, given, page, part_of
from ormer.stores import http_apis, resources, rest_apis
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
TIMEOUT_MS_MIN, TIMEOUT_MS_MAX = 50, 30_000
FORMATS = ("1.0", "2.0")
REFUSED = {
    "IntegrationSubtype": "Integrations of services other than Lambda are not there.",
    "RequestParameters": "Parameters of requests are not mapped here.",
    "ResponseParameters": "Parameters of answers are not mapped here.",
    "TlsConfig": "There are no private integrations.",
}


def create_integration(call: Call, request: JsonDict) -> JsonDict:
    """Say what answers. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html

    Differs: Lambda functions only (AWS_PROXY); requests are not sent to other hosts.
    Errors: BadRequestException, NotFoundException.
    """
    _check(request)
    with call.write() as tx:
        api = api_of(tx, call, request)
        name = rest_apis.new_id()
        document = {
            "ConnectionType": "INTERNET",
            "IntegrationMethod": "POST",
            "PayloadFormatVersion": "2.0",
            "TimeoutInMillis": TIMEOUT_MS_MAX,
            **given(request),
            "IntegrationId": name,
        }
        row = http_apis.make(tx, api, http_apis.INTEGRATION, name, document, call.now)
        http_apis.deploy_changes(tx, api, call.now)
    return row.document


def get_integration(call: Call, request: JsonDict) -> JsonDict:
    """Answer an integration. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return part_of(tx, api_of(tx, call, request), http_apis.INTEGRATION, request["IntegrationId"]).document


def get_integrations(call: Call, request: JsonDict) -> JsonDict:
    """Page through integrations. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html"""
    with call.read() as tx:
        found = http_apis.parts(tx, api_of(tx, call, request), http_apis.INTEGRATION)
    return page([row.document for row in found], request)


def update_integration(call: Call, request: JsonDict) -> JsonDict:
    """Change an integration. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html

    Errors: BadRequestException, NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, http_apis.INTEGRATION, request["IntegrationId"])
        _check({**row.document, **request})
        row = resources.save(tx, row, given(request), now=call.now)
        http_apis.deploy_changes(tx, api, call.now)
    return row.document


def delete_integration(call: Call, request: JsonDict) -> JsonDict:
    """Delete an integration that no route has. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html

    Errors: ConflictException, NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, http_apis.INTEGRATION, request["IntegrationId"])
        for route in http_apis.parts(tx, api, http_apis.ROUTE):
            if route.document.get("Target") == f"integrations/{row.name}":
                raise conflict(f"Cannot delete Integration {row.name}: the route {route.document['RouteKey']} has it.")
        resources.delete(tx, row.arn)
        http_apis.deploy_changes(tx, api, call.now)
    return {}


def function_of(uri: str) -> str:
    """The function that an integration's URI names: as its ARN or in API Gateway's form. ValueError for others."""
    if uri.startswith("arn:") and ":lambda:path/" in uri:
        found = backend(uri)
        if found.kind != "function":
            raise ValueError(f"{uri} is no function")
        return found.name
    function_names.parse(uri)
    return uri


def _check(request: JsonDict) -> None:
    if request["IntegrationType"] != "AWS_PROXY":
        text = "Integrations of the type {} are not there: requests are not sent to other hosts. Use AWS_PROXY."
        raise bad_request(text.format(request["IntegrationType"]))
    for member, why in REFUSED.items():
        if request.get(member):
            raise bad_request(why)
    if request.get("ConnectionType", "INTERNET") != "INTERNET":
        raise bad_request("VPC links are not there.")
    if request.get("PayloadFormatVersion", "2.0") not in FORMATS:
        raise bad_request(f"PayloadFormatVersion must be one of {', '.join(FORMATS)}.")
    if not TIMEOUT_MS_MIN <= int(request.get("TimeoutInMillis") or TIMEOUT_MS_MAX) <= TIMEOUT_MS_MAX:
        raise bad_request(f"TimeoutInMillis should be between {TIMEOUT_MS_MIN} and {TIMEOUT_MS_MAX}.")
    try:
        function_of(STAGE_VARIABLE.sub("x", request.get("IntegrationUri") or ""))
    except ValueError as error:
        raise bad_request(f"Invalid function ARN or invalid uri: {error}") from None
