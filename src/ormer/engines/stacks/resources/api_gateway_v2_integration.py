"""AWS::ApiGatewayV2::Integration: Ref gives its id."""

from __future__ import annotations

from ormer.engines.stacks.resources.api_gateway_v2_parts import part

TYPE = part(
    "Integration",
    "IntegrationId",
    "ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description IntegrationMethod "
    "IntegrationSubtype IntegrationType IntegrationUri PassthroughBehavior PayloadFormatVersion "
    "RequestParameters RequestTemplates ResponseParameters TemplateSelectionExpression TimeoutInMillis "
    "TlsConfig",
    needed="IntegrationType",
)
