"""AWS::ApiGatewayV2::Api: Ref gives its id. With a Body it is an OpenAPI 3 document's API."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigatewayv2"
DOCUMENTS = ("Body", "BodyS3Location")
APART = ("Tags", "BasePath", "FailOnWarnings", "DisableSchemaValidation", *DOCUMENTS)


def _create(site: Site, properties: JsonDict) -> Made:
    body = _body(site, properties)
    own = without(properties, *APART)
    tags = {pair["Key"]: pair["Value"] for pair in site.tags}
    if body is None:
        made = site.make(SERVICE, "CreateApi", own, **({"Tags": tags} if tags else {}))
    else:
        made = site.call(SERVICE, "ImportApi", {"Body": body})
        changes = without(own, "ProtocolType")
        if changes:
            site.make(SERVICE, "UpdateApi", {"ApiId": made["ApiId"], **changes})
    return Made(str(made["ApiId"]), {"ApiId": made["ApiId"], "ApiEndpoint": made["ApiEndpoint"]})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    body = _body(site, properties)
    if body is not None:
        site.call(SERVICE, "ReimportApi", {"ApiId": held.physical_id, "Body": body})
    changes = without(properties, "ProtocolType", "Target", "RouteKey", "CredentialsArn", *APART)
    if changes:
        site.make(SERVICE, "UpdateApi", {"ApiId": held.physical_id, **changes})
    return Made(held.physical_id, held.attributes)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteApi", {"ApiId": held.physical_id})


def _body(site: Site, properties: JsonDict) -> str | None:
    """The document that the properties hold or name, None without one."""
    if "Body" in properties:
        return json.dumps(properties["Body"], default=str)
    if "BodyS3Location" not in properties:
        return None
    place = properties["BodyS3Location"]
    found = site.call("s3", "GetObject", {"Bucket": text_of(place.get("Bucket")), "Key": text_of(place.get("Key"))})
    body = found["Body"]
    if not isinstance(body, bytes | bytearray):
        body = body.read() if hasattr(body, "read") else b"".join(body)
    return bytes(body).decode(errors="replace")


TYPE = ResourceType(
    "AWS::ApiGatewayV2::Api",
    _create,
    _delete,
    words(
        "ApiKeySelectionExpression BasePath CorsConfiguration CredentialsArn Description DisableExecuteApiEndpoint "
        "DisableSchemaValidation FailOnWarnings IpAddressType Name ProtocolType RouteKey RouteSelectionExpression "
        "Target Version",
        *DOCUMENTS,
    ),
    _update,
    words("ProtocolType"),
    attributes=words("ApiId ApiEndpoint"),
)
