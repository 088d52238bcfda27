"""Requests to HTTP APIs: which stage and route they are for, and what other origins are told.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ormer.aws.rest_apis import ANY, Found, find
from ormer.gateway.messages import Request, Response
from ormer.gateway.rest_apis.addresses import Address
from ormer.gateway.rest_apis.exchanges import Exchange
from ormer.gateway.rest_apis.refusals import Refused
from ormer.stores import http_apis
from ormer.stores.database import Tx
from ormer.stores.rest_apis import Deployed

JsonDict = dict[str, Any]
URI = "arn:aws:apigateway:{}:lambda:path/2015-03-31/functions/{}/invocations"
# What an HTTP API says where a REST API says otherwise.
STATUSES = {502: (500, "Internal Server Error"), 500: (500, "Internal Server Error"), 504: (503, "Service Unavailable")}
# The route for whatever no other is for.
LEFT_OVER = "/$default"


@dataclass
class HttpExchange(Exchange):
    """One request to an HTTP API. route: as it was deployed. raw_path: as it was sent, behind the stage."""

    route: JsonDict = field(default_factory=dict)
    raw_path: str = "/"

    @property
    def format(self) -> str:
        """The payload's format, 1.0 or 2.0."""
        return str(self.integration["payloadFormatVersion"])

    def arn(self, path: str) -> str:
        """As policies of functions name it: with the route's own method and path."""
        method, _, own = self.route["RouteKey"].partition(" ")
        if not own:
            return super().arn(http_apis.DEFAULT).replace(f"/{self.request.method}/", "/")
        named = super().arn(own if path == self.found.resource["path"] else path)
        return named if method != ANY else named.replace(f"/{self.request.method}/", "/*/", 1)

    def is_binary(self, kind: str) -> bool:
        """Whatever is no text goes and comes in base64."""
        text = kind.startswith("text/") or kind.endswith(("json", "xml", "javascript", "x-www-form-urlencoded"))
        return not text


def admitted(tx: Tx, request: Request, address: Address) -> HttpExchange | Response:
    """The route that a request is for, or the answer to a preflight. Raises Refused; None of it reads the body."""
    deployed, path = _deployed(tx, request, address)
    if deployed is None or deployed.api.document["DisableExecuteApiEndpoint"]:
        raise _not_found()
    cors = deployed.deployment.facts.get("cors")
    if cors and request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        return Response(204, cors_headers(cors, request), b"")
    found = _route(deployed, request.method, path)
    if found is None:
        raise _not_found()
    route, fit = found
    integration = deployed.deployment.facts["integrations"].get(str(route.get("Target")).removeprefix("integrations/"))
    if integration is None:
        raise _not_found()
    uri = integration["IntegrationUri"]
    method = {
        "authorizationType": route["AuthorizationType"],
        "methodIntegration": {
            "type": integration["IntegrationType"],
            "uri": uri if ":lambda:path/" in uri else URI.format(deployed.api.region, uri),
            "credentials": integration.get("CredentialsArn"),
            "timeoutInMillis": integration["TimeoutInMillis"],
            "payloadFormatVersion": integration["PayloadFormatVersion"],
        },
    }
    here = replace(address, stage=deployed.stage.name, path=path)
    return HttpExchange(request, here, deployed, fit, method, route=route, raw_path=path)


def refused(refusal: Refused) -> Refused:
    """A refusal in an HTTP API's words."""
    status, text = STATUSES.get(refusal.response.status, (0, ""))
    return Refused(status, "", text, refusal.why) if status else refusal


def cors_headers(cors: JsonDict, request: Request) -> dict[str, str]:
    """What a browser of another origin is told; nothing when its origin is not among those that may.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    origin, allowed = request.headers.get("origin", ""), cors.get("AllowOrigins") or ()
    if not origin or ("*" not in allowed and origin not in allowed and not _by_scheme(origin, allowed)):
        return {}
    found = {"access-control-allow-origin": "*" if "*" in allowed else origin}
    if "*" not in allowed:
        found["vary"] = "Origin"
    if cors.get("AllowCredentials"):
        found["access-control-allow-credentials"] = "true"
    if cors.get("ExposeHeaders"):
        found["access-control-expose-headers"] = ",".join(cors["ExposeHeaders"])
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        found["access-control-allow-methods"] = ",".join(cors.get("AllowMethods") or ())
        found["access-control-allow-headers"] = ",".join(cors.get("AllowHeaders") or ())
        if cors.get("MaxAge"):
            found["access-control-max-age"] = str(cors["MaxAge"])
    return found


def _by_scheme(origin: str, allowed: Any) -> bool:
    return any(f"{origin.partition('://')[0]}://*" == each for each in allowed)


def _deployed(tx: Tx, request: Request, address: Address) -> tuple[Deployed | None, str]:
    """(the stage, the path behind it): the stage that the path begins with, or the one that needs no name."""
    named = http_apis.deployed(tx, address.api, address.stage, address.region) if address.stage else None
    if named is not None:
        return named, address.path
    whole = request.raw_path if address.own_host else request.raw_path.split(address.api, 1)[1]
    return http_apis.deployed(tx, address.api, http_apis.DEFAULT, address.region), whole or "/"


def _route(deployed: Deployed, method: str, path: str) -> tuple[JsonDict, Found] | None:
    """The most specific route: its path before others' paths, its method before any."""
    by_path: dict[str, JsonDict] = {}
    for route in deployed.deployment.facts["routes"]:
        wanted, _, own = route["RouteKey"].partition(" ")
        if own and wanted in (method, ANY) and (own not in by_path or wanted == method):
            by_path[own] = route
    found = find([{"path": own, "id": route["RouteId"]} for own, route in by_path.items()], path)
    if found is not None:
        return by_path[found.resource["path"]], found
    for route in deployed.deployment.facts["routes"]:
        if route["RouteKey"] == http_apis.DEFAULT:
            return route, Found({"path": LEFT_OVER, "id": route["RouteId"]}, {})
    return None


def _not_found() -> Refused:
    return Refused(404, "", "Not Found")
