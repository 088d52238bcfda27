"""AWS::ApiGateway::Deployment: Ref gives its id. A stage that it names is made with it and deleted with it."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick, without
from ormer.engines.stacks.failures import is_absent
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigateway"
# By which a deployment that is taken back gives its stage to the one before; no template can ask for it.
BEFORE = "Before"
# What of a stage's description is said by the deployment's own request.
STAGED = {"Description": "StageDescription", "Variables": "Variables"}
WITHOUT_EFFECT = words(
    "AccessLogSetting CacheClusterEnabled CacheClusterSize CacheDataEncrypted CacheTtlInSeconds CachingEnabled "
    "DataTraceEnabled LoggingLevel MethodSettings MetricsEnabled ThrottlingBurstLimit ThrottlingRateLimit Tags "
    "TracingEnabled DocumentationVersion ClientCertificateId"
)


def _create(site: Site, properties: JsonDict) -> Made:
    described = without(properties.get("StageDescription") or {}, *WITHOUT_EFFECT)
    staged = {STAGED.get(name, name): value for name, value in described.items()}
    request = {**pick(properties, ("RestApiId", "StageName", "Description")), **staged}
    if "DeploymentCanarySettings" in properties:
        request["CanarySettings"] = properties["DeploymentCanarySettings"]
    before = _answering(site, properties)
    made = site.make(SERVICE, "CreateDeployment", request)
    return Made(str(made["id"]), {"DeploymentId": made["id"], BEFORE: before})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """The description changes in place, and a stage of another name is made; what was deployed never changes."""
    key = {"restApiId": held.properties["RestApiId"], "deploymentId": held.physical_id}
    patch = {"op": "replace", "path": "/description", "value": text_of(properties.get("Description", ""))}
    site.call(SERVICE, "UpdateDeployment", {**key, "patchOperations": [patch]})
    name = properties.get("StageName")
    if name and name != held.properties.get("StageName"):
        site.call(SERVICE, "CreateStage", {**key, "stageName": text_of(name)})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    key = {"restApiId": held.properties["RestApiId"]}
    if held.properties.get("StageName"):
        _delete_stage(site, held, {**key, "stageName": text_of(held.properties["StageName"])})
    site.call(SERVICE, "DeleteDeployment", {**key, "deploymentId": held.physical_id})


def _delete_stage(site: Site, held: Held, stage: JsonDict) -> None:
    """Give the stage back to the deployment before this one, or delete it; one that has moved on stays."""
    if _answering(site, held.properties) != held.physical_id:
        return
    before = held.attributes.get(BEFORE)
    if before and _is_there(site, "GetDeployment", {"restApiId": stage["restApiId"], "deploymentId": before}):
        patch = {"op": "replace", "path": "/deploymentId", "value": before}
        site.call(SERVICE, "UpdateStage", {**stage, "patchOperations": [patch]})
    else:
        site.call(SERVICE, "DeleteStage", stage)


def _answering(site: Site, properties: JsonDict) -> str:
    """The deployment that the named stage answers with, "" when there is no such stage."""
    if not properties.get("StageName"):
        return ""
    key = {"restApiId": text_of(properties["RestApiId"]), "stageName": text_of(properties["StageName"])}
    found = _is_there(site, "GetStage", key)
    return str(found["deploymentId"]) if found else ""


def _is_there(site: Site, operation: str, request: JsonDict) -> JsonDict:
    """What is answered, {} when it is not there."""
    try:
        return site.call(SERVICE, operation, request)
    except AwsError as error:
        if not is_absent(error):
            raise
        return {}


TYPE = ResourceType(
    "AWS::ApiGateway::Deployment",
    _create,
    _delete,
    words("DeploymentCanarySettings Description RestApiId StageDescription StageName"),
    _update,
    words("DeploymentCanarySettings RestApiId"),
    ("RestApiId",),
    words("DeploymentId"),
    taggable=False,
)
