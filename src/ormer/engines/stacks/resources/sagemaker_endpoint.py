"""AWS::SageMaker::Endpoint: made and changed while the stack waits until it is in service."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, Site, pick, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, creating, noun

JsonDict = dict[str, Any]
CHANGEABLE = (
    "EndpointConfigName",
    "DeploymentConfig",
    "RetainAllVariantProperties",
    "ExcludeRetainedVariantProperties",
    "RetainDeploymentConfig",
)
UPDATE_ONLY = CHANGEABLE[2:]
CREATE = creating("Endpoint", "EndpointName", "EndpointArn")


def _create(site: Site, properties: JsonDict) -> Made:
    return CREATE(site, without(properties, *UPDATE_ONLY))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """Bring the endpoint to another configuration; one that has it already is left alone."""
    name = held.attributes["EndpointName"]
    now = site.call(SERVICE, "DescribeEndpoint", {"EndpointName": name})
    same = now.get("EndpointConfigName") == text_of(properties["EndpointConfigName"])
    if same and now["EndpointStatus"] == "InService":
        return Made(held.physical_id, held.attributes, held.arn, done=True)
    site.make(SERVICE, "UpdateEndpoint", {**pick(properties, CHANGEABLE), "EndpointName": name})
    return Made(held.physical_id, held.attributes, held.arn)


def _settled(site: Site, held: Held, properties: JsonDict) -> Made:
    """An update that failed leaves the endpoint in service with what it had: that is told by its configuration."""
    now = site.call(SERVICE, "DescribeEndpoint", {"EndpointName": held.attributes["EndpointName"]})
    wanted = text_of(properties["EndpointConfigName"])
    if now.get("EndpointConfigName") != wanted:
        reason = now.get("FailureReason") or "it was rolled back to the configuration it had before"
        raise Refused(f"The endpoint did not come to the configuration {wanted}: {reason}")
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = noun(
    "Endpoint",
    "EndpointName",
    "DeploymentConfig EndpointConfigName ExcludeRetainedVariantProperties RetainAllVariantProperties "
    "RetainDeploymentConfig",
    create=_create,
    update=_update,
    required="EndpointConfigName",
    failed=frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"}),
    settled=_settled,
    waits=True,
)
