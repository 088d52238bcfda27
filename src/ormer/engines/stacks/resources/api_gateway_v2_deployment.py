"""AWS::ApiGatewayV2::Deployment: Ref gives its id."""

from __future__ import annotations

from ormer.engines.stacks.resources.api_gateway_v2_parts import part

TYPE = part(
    "Deployment",
    "DeploymentId",
    "Description StageName",
)
