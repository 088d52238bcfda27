"""AWS::ApiGateway::Stage: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigateway"
REQUEST = ("RestApiId", "DeploymentId", "Description", "StageName", "Variables", "CanarySetting")
# Kept nowhere: there are no caches, traces, access logs or throttles.
WITHOUT_EFFECT = (
    "AccessLogSetting CacheClusterEnabled CacheClusterSize ClientCertificateId DocumentationVersion MethodSettings "
    "TracingEnabled"
)


def _create(site: Site, properties: JsonDict) -> Made:
    request = pick(properties, REQUEST)
    if "CanarySetting" in request:
        request["CanarySettings"] = request.pop("CanarySetting")
    tags = {pair["Key"]: pair["Value"] for pair in site.tags}
    made = site.make(SERVICE, "CreateStage", request, **({"tags": tags} if tags else {}))
    return Made(str(made["stageName"]))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    patches = [
        {"op": "replace", "path": f"/{name[0].lower()}{name[1:]}", "value": text_of(properties[name])}
        for name in ("DeploymentId", "Description")
        if name in properties
    ]
    before, after = held.properties.get("Variables") or {}, properties.get("Variables") or {}
    patches += [{"op": "remove", "path": f"/variables/{name}"} for name in sorted(set(before) - set(after))]
    patches += [
        {"op": "replace", "path": f"/variables/{name}", "value": text_of(value)} for name, value in after.items()
    ]
    site.call(SERVICE, "UpdateStage", {**_key(held), "patchOperations": patches})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteStage", _key(held))


def _key(held: Held) -> JsonDict:
    return {"restApiId": held.properties["RestApiId"], "stageName": held.physical_id}


TYPE = ResourceType(
    "AWS::ApiGateway::Stage",
    _create,
    _delete,
    words(WITHOUT_EFFECT, *REQUEST),
    _update,
    words("RestApiId StageName"),
    ("RestApiId",),
    named_by="StageName",
)
