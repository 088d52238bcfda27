"""AWS::ApiGateway::RestApi: Ref gives its id."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigateway"
# Documents that describe a whole API.
DOCUMENTS = ("Body", "BodyS3Location")
APART = ("Tags", "FailOnWarnings", "Mode", "Parameters", "ApiKeySourceType")
UPDATED = ("Name", "Description", "DisableExecuteApiEndpoint")


def _create(site: Site, properties: JsonDict) -> Made:
    tags = {pair["Key"]: pair["Value"] for pair in site.tags}
    body = _body(site, properties)
    request = {"Name": site.name(), **without(properties, *APART, *DOCUMENTS)}
    if "ApiKeySourceType" in properties:
        request["ApiKeySource"] = properties["ApiKeySourceType"]
    made = site.make(SERVICE, "CreateRestApi", request, **({"tags": tags} if tags else {}))
    if body is not None:
        _import(site, str(made["id"]), body, properties)
    return Made(str(made["id"]), {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    body = _body(site, properties)
    if body is not None:
        _import(site, held.physical_id, body, properties)
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


def _body(site: Site, properties: JsonDict) -> bytes | None:
    """The OpenAPI document that the properties hold or name, None without one."""
    if "Body" in properties:
        return json.dumps(properties["Body"], default=str).encode()
    if "BodyS3Location" not in properties:
        return None
    place = properties["BodyS3Location"]
    found = site.call("s3", "GetObject", {"Bucket": text_of(place.get("Bucket")), "Key": text_of(place.get("Key"))})
    body = found["Body"]
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _import(site: Site, api: str, body: bytes, properties: JsonDict) -> None:
    """Put a document in place of the API's paths; the name is the properties' where they give one."""
    site.call(SERVICE, "PutRestApi", {"restApiId": api, "mode": "overwrite", "body": body})
    if "Name" in properties:
        patch = {"op": "replace", "path": "/name", "value": text_of(properties["Name"])}
        site.call(SERVICE, "UpdateRestApi", {"restApiId": api, "patchOperations": [patch]})


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
