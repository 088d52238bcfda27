"""OpenAPI 3 documents with API Gateway's extensions, as HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from typing import Any

import yaml

from ormer.aws.api_gateway_errors import bad_request
from ormer.services.apigatewayv2 import integrations, routes
from ormer.stores import http_apis
from ormer.stores.access import PolicyGate
from ormer.stores.port import Call

JsonDict = dict[str, Any]
EXTENSION = "x-amazon-apigateway-"
ANY = f"{EXTENSION}any-method"
VERBS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", ANY))
CORS = ("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge", "allowCredentials")


def read(body: str) -> JsonDict:
    """A document in JSON or YAML. Raises BadRequestException."""
    try:
        # An alias may stand for far more than was sent.
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(body, Loader=yaml.CSafeLoader)):
            raise bad_request("YAML aliases are not read.")
        document = yaml.load(body, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise bad_request(f"Invalid OpenAPI input: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise bad_request("HTTP APIs are imported from OpenAPI 3 documents.")
    info = document.get("info")
    if not isinstance(info, dict) or not info.get("title"):
        raise bad_request("The document's info must have a title.")
    if not isinstance(document.get("paths", {}), dict):
        raise bad_request("The document's paths must be an object.")
    return document


def words(document: JsonDict) -> JsonDict:
    """What a document says of the API itself."""
    info = document["info"]
    found: JsonDict = {"Name": str(info["title"])}
    found |= {name: str(info[member]) for name, member in (("Version", "version"),) if member in info}
    found |= {"Description": str(info["description"])} if info.get("description") else {}
    cors = document.get(f"{EXTENSION}cors")
    if isinstance(cors, dict):
        found["CorsConfiguration"] = {f"{name[0].upper()}{name[1:]}": cors[name] for name in CORS if name in cors}
    tags = document.get("tags")
    named = [one for one in tags if isinstance(one, dict)] if isinstance(tags, list) else []
    pairs = {one["name"]: one[f"{EXTENSION}tag-value"] for one in named if f"{EXTENSION}tag-value" in one}
    return {**found, **({"Tags": pairs} if pairs else {})}


def put(call: Call, api: str, document: JsonDict) -> None:
    """Make the document's routes and integrations."""
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, dict):
            raise bad_request(f"The path {path} must be an object.")
        for verb, operation in item.items():
            if verb.lower() not in VERBS:
                continue
            if not isinstance(operation, dict):
                raise bad_request(f"{verb} of {path} must be an object.")
            method = "ANY" if verb == ANY else verb.upper()
            key = http_apis.DEFAULT if str(path).strip("/") == http_apis.DEFAULT else f"{method} {path}"
            _route(call, api, key, operation, document)


def _route(call: Call, api: str, key: str, operation: JsonDict, document: JsonDict) -> None:
    asked: JsonDict = {"ApiId": api, "RouteKey": key, "AuthorizationType": _authorization(operation, document)}
    told = operation.get(f"{EXTENSION}integration")
    if isinstance(told, dict):
        given = _integration(told)
        if "CredentialsArn" in given:
            PolicyGate(call.stores).pass_role(call, given["CredentialsArn"])
        made = integrations.create_integration(call, {"ApiId": api, **given})
        asked["Target"] = f"integrations/{made['IntegrationId']}"
    routes.create_route(call, asked)


def _integration(told: JsonDict) -> JsonDict:
    found: JsonDict = {
        "IntegrationType": str(told.get("type", "")).upper(),
        "IntegrationUri": str(told.get("uri", "")),
        "PayloadFormatVersion": str(told.get("payloadFormatVersion", "2.0")),
    }
    if told.get("timeoutInMillis"):
        found["TimeoutInMillis"] = int(told["timeoutInMillis"])
    return found | ({"CredentialsArn": str(told["credentials"])} if told.get("credentials") else {})


def _authorization(operation: JsonDict, document: JsonDict) -> str:
    auth = operation.get(f"{EXTENSION}auth") or {}
    if not isinstance(auth, dict) or auth.get("type", "NONE") not in ("NONE", "AWS_IAM"):
        raise bad_request(f"{EXTENSION}auth has the type AWS_IAM or NONE here: there are no authorizers.")
    if auth.get("type") == "AWS_IAM":
        return "AWS_IAM"
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for each in operation.get("security", document.get("security")) or ():
        for name in each:
            if (schemes.get(name) or {}).get(f"{EXTENSION}authtype") == "awsSigv4":
                return "AWS_IAM"
            raise bad_request(f"The security scheme {name} is not there: authorizers are not, use AWS_IAM or none.")
    return "NONE"
