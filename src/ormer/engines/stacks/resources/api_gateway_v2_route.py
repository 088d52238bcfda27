"""AWS::ApiGatewayV2::Route: Ref gives its id."""

from __future__ import annotations

from ormer.engines.stacks.resources.api_gateway_v2_parts import part

TYPE = part(
    "Route",
    "RouteId",
    "ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId ModelSelectionExpression "
    "OperationName RequestModels RequestParameters RouteKey RouteResponseSelectionExpression Target",
    needed="RouteKey",
)
