"""AWS::ApiGateway::Method, with its integration and answers: Ref gives a name of the stack's making."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick, without
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigateway"
KEY = ("RestApiId", "ResourceId", "HttpMethod")
REQUEST = (
    "ApiKeyRequired",
    "AuthorizationScopes",
    "AuthorizationType",
    "AuthorizerId",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RequestValidatorId",
)


def _create(site: Site, properties: JsonDict) -> Made:
    key = pick(properties, KEY)
    site.make(SERVICE, "PutMethod", {"AuthorizationType": "NONE", **key, **pick(properties, REQUEST)})
    for answer in properties.get("MethodResponses") or ():
        site.make(SERVICE, "PutMethodResponse", {**key, **answer})
    integration = properties.get("Integration")
    if integration:
        site.make(SERVICE, "PutIntegration", {**key, **without(integration, "IntegrationResponses")})
        for answer in integration.get("IntegrationResponses") or ():
            site.make(SERVICE, "PutIntegrationResponse", {**key, **answer})
    return Made(site.name())


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """Made anew: requests are answered by what was deployed, which stays as it was."""
    _delete(site, held)
    _create(site, properties)
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DeleteMethod", pick(held.properties, KEY))


TYPE = ResourceType(
    "AWS::ApiGateway::Method",
    _create,
    _delete,
    words("Integration MethodResponses", *KEY, *REQUEST),
    _update,
    words(*KEY),
    KEY,
    taggable=False,
)
