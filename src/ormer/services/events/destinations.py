"""API destinations: HTTP endpoints that rules send events to."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.archives import rows_of
from ormer.services.events.connections import CONNECTION
from ormer.services.events.pages import page_of
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

API_DESTINATION = Noun(
    "ApiDestination",
    name="Name",
    arn="api-destination/{name}",
    service="events",
    missing=("ResourceNotFoundException", "ApiDestination '{name}' does not exist."),
    taken=("ResourceAlreadyExistsException", "An api-destination '{name}' already exists."),
)
CHANGEABLE = ("Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod", "InvocationRateLimitPerSecond")


def create_api_destination(call: Call, request: JsonDict) -> JsonDict:
    """Store an endpoint with the connection that authorises it. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html

    Hosts that are not on the public internet are refused when an event is sent, unless ORMER_WEBHOOK_HOSTS names them.
    Differs: InvocationRateLimitPerSecond is kept and shown; a few requests at once are sent.
    Errors: ResourceAlreadyExistsException; ResourceNotFoundException for the connection; ValidationException.
    """
    with call.write():
        _check(call, request)
        row = API_DESTINATION.create(
            call,
            request,
            arn=arns.arn("events", call.region, call.account, f"api-destination/{request['Name']}/{uuid.uuid4()}"),
            document={"ApiDestinationState": "ACTIVE"},
            event=False,
        )
    return row.document


def describe_api_destination(call: Call, request: JsonDict) -> JsonDict:
    """Answer a destination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeApiDestination.html"""
    return API_DESTINATION.get(call, request["Name"]).document


def list_api_destinations(call: Call, request: JsonDict) -> JsonDict:
    """Page through destinations by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListApiDestinations.html"""
    found = rows_of(call, API_DESTINATION, request.get("NamePrefix", ""))
    if request.get("ConnectionArn"):
        found = [row for row in found if row.document["ConnectionArn"] == request["ConnectionArn"]]
    shown, more = page_of(found, request)
    return {"ApiDestinations": [row.document for row in shown], **more}


def update_api_destination(call: Call, request: JsonDict) -> JsonDict:
    """Change a destination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateApiDestination.html"""
    with call.write():
        row = API_DESTINATION.get(call, request["Name"])
        _check(call, request)
        return API_DESTINATION.save(call, row, {name: request[name] for name in CHANGEABLE if name in request}).document


def delete_api_destination(call: Call, request: JsonDict) -> JsonDict:
    """Delete a destination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteApiDestination.html"""
    with call.write():
        API_DESTINATION.remove(call, API_DESTINATION.get(call, request["Name"]))
    return {}


def _check(call: Call, request: JsonDict) -> None:
    if "ConnectionArn" in request and CONNECTION.find(call, request["ConnectionArn"]) is None:
        raise CONNECTION.not_found(call, request["ConnectionArn"])
    if "InvocationEndpoint" in request:
        _check_endpoint(request["InvocationEndpoint"])


def _check_endpoint(url: str) -> None:
    try:
        parts = urlsplit(url.replace("*", "x"))
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        readable = False
    if not readable or "@" in parts.netloc:
        raise AwsError("ValidationException", f"{url} is not an https URL with a host, without a user.")
