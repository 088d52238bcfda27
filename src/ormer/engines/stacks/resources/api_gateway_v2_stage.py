"""AWS::ApiGatewayV2::Stage: Ref gives its name."""

from __future__ import annotations

from ormer.engines.stacks.resources.api_gateway_v2_parts import part

TYPE = part(
    "Stage",
    "StageName",
    "AccessLogSettings AutoDeploy ClientCertificateId DefaultRouteSettings DeploymentId Description "
    "RouteSettings StageName StageVariables Tags",
    fixed="StageName",
    apart=("AccessLogSettings", "ClientCertificateId"),
    needed="StageName",
)
