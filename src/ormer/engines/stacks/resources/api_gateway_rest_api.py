"""AWS::ApiGateway::RestApi: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigateway"
# Documents that describe a whole API are not read.
DOCUMENTS = ("Body", "BodyS3Location")
APART = ("Tags", "FailOnWarnings", "Mode", "Parameters", "ApiKeySourceType")
UPDATED = ("Name", "Description", "DisableExecuteApiEndpoint")


def _create(site: Site, properties: JsonDict) -> Made:
    _refuse_documents(properties)
    tags = {pair["Key"]: pair["Value"] for pair in site.tags}
    request = {"Name": site.name(), **without(properties, *APART)}
    if "ApiKeySourceType" in properties:
        request["ApiKeySource"] = properties["ApiKeySourceType"]
    made = site.make(SERVICE, "CreateRestApi", request, **({"tags": tags} if tags else {}))
    return Made(str(made["id"]), {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _refuse_documents(properties)
    patches = [
        {"op": "replace", "path": f"/{name[0].lower()}{name[1:]}", "value": text_of(properties[name])}
        for name in UPDATED
        if name in properties and properties[name] != held.properties.get(name)
    ]
    before, after = (set(each.get("BinaryMediaTypes") or ()) for each in (held.properties, properties))
    patches += [{"op": "remove", "path": f"/binaryMediaTypes/{_escaped(each)}"} for each in sorted(before - after)]
    patches += [{"op": "add", "path": f"/binaryMediaTypes/{_escaped(each)}"} for each in sorted(after - before)]
    site.call(SERVICE, "UpdateRestApi", {"restApiId": held.physical_id, "patchOperations": patches})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteRestApi", {"restApiId": held.physical_id})


def _escaped(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def _refuse_documents(properties: JsonDict) -> None:
    if any(name in properties for name in DOCUMENTS):
        raise Refused("OpenAPI documents are not read: declare AWS::ApiGateway::Resource and AWS::ApiGateway::Method.")


TYPE = ResourceType(
    "AWS::ApiGateway::RestApi",
    _create,
    _delete,
    words(
        "ApiKeySourceType BinaryMediaTypes CloneFrom Description DisableExecuteApiEndpoint EndpointConfiguration "
        "FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy",
        *DOCUMENTS,
    ),
    _update,
    attributes=words("RestApiId RootResourceId"),
    named_by="",
)
