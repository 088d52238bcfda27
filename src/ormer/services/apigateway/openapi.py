"""OpenAPI documents with API Gateway's extensions: whole APIs in one text, imported and put in place of what was there.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from typing import Any

import yaml

from ormer.aws.api_gateway_errors import bad_request
from ormer.services.apigateway import integrations, methods, resources, rest_apis
from ormer.services.apigateway.refusals import api_of
from ormer.stores import resources as rows
from ormer.stores import rest_apis as store
from ormer.stores.access import PolicyGate
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
EXTENSION = "x-amazon-apigateway-"
ANY = f"{EXTENSION}any-method"
VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", ANY})
# What would change who is let in, or what is answered, and is not there.
REFUSED = {
    f"{EXTENSION}policy": "Resource policies of APIs are not evaluated here; use AWS_IAM as authorization type.",
    f"{EXTENSION}authorizer": "Authorizers are not there: use AWS_IAM, or NONE for everyone.",
}
SIGNED = ("awsSigv4", "AWS_IAM")
# How an integration's members are written in documents, and in requests.
INTEGRATION = {
    "uri": "uri",
    "credentials": "credentials",
    "requestParameters": "requestParameters",
    "requestTemplates": "requestTemplates",
    "cacheNamespace": "cacheNamespace",
    "cacheKeyParameters": "cacheKeyParameters",
    "timeoutInMillis": "timeoutInMillis",
    "connectionType": "connectionType",
    "connectionId": "connectionId",
}
UPPER = {"type": "type", "httpMethod": "integrationHttpMethod", "passthroughBehavior": "passthroughBehavior"}
ALIASES = "YAML aliases are not read"
ANSWER = ("responseParameters", "responseTemplates", "contentHandling")


def import_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Make an API of an OpenAPI document. https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html

    Differs: models, gateway responses and documentation parts are passed over; authorizers and API keys are refused.
    Errors: BadRequestException.
    """
    document = _read(request["body"])
    with call.write():
        asked: JsonDict = {"name": _title(document), **_own(document)}
        made = rest_apis.create_rest_api(call, asked)
        return _put(call, {"restApiId": made["id"]}, document)


def put_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Put an OpenAPI document in place of an API's paths, or add it to them (mode merge).

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
    Differs: as ImportRestApi.
    Errors: BadRequestException, NotFoundException.
    """
    document = _read(request["body"])
    key = {"restApiId": request["restApiId"]}
    with call.write() as tx:
        api = api_of(tx, call, request)
        if request.get("mode", "merge") == "overwrite":
            for row in store.parts(tx, api, store.RESOURCE):
                if "parentId" in row.document:
                    rows.delete(tx, row.arn)
                else:
                    rows.save(tx, row, {}, now=call.now, drop=("resourceMethods",))
            rows.save(tx, api, {"name": _title(document), **_own(document)}, now=call.now)
        return _put(call, key, document)


def _put(call: Call, key: JsonDict, document: JsonDict) -> JsonDict:
    paths = document.get("paths") or {}
    _expect(isinstance(paths, dict), "paths must be an object")
    for path, item in paths.items():
        _expect(isinstance(item, dict), f"the path {path} must be an object")
        resource = _resource(call, key, str(path))
        for verb, operation in item.items():
            if verb.lower() in VERBS:
                _expect(isinstance(operation, dict), f"{verb} of {path} must be an object")
                _put_method(call, {**key, "resourceId": resource}, verb.lower(), operation, document)
    return rest_apis.get_rest_api(call, key)


def _resource(call: Call, key: JsonDict, path: str) -> str:
    """The id of the resource at a path, made with those above it where they are not there."""
    with call.write() as tx:
        found: dict[str, Row] = {
            row.document["path"]: row for row in store.parts(tx, api_of(tx, call, key), store.RESOURCE)
        }
    identifier, here = str(found["/"].name), ""
    for part in [each for each in path.split("/") if each]:
        here += f"/{part}"
        if here in found:
            identifier = found[here].name
        else:
            asked = {**key, "parentId": identifier, "pathPart": part}
            identifier = str(resources.create_resource(call, asked)["id"])
    return identifier


def _put_method(call: Call, key: JsonDict, verb: str, operation: JsonDict, document: JsonDict) -> None:
    method = {**key, "httpMethod": "ANY" if verb == ANY else verb.upper()}
    integration = operation.get(f"{EXTENSION}integration")
    with call.write() as tx:
        api = api_of(tx, call, key)
        row = store.part(tx, api, store.RESOURCE, key["resourceId"])
        held = (row.document.get("resourceMethods") or {}) if row is not None else {}
    if method["httpMethod"] in held:
        methods.delete_method(call, method)
    asked: JsonDict = {**method, "authorizationType": _authorization(operation, document)}
    if operation.get("operationId"):
        asked["operationName"] = operation["operationId"]
    methods.put_method(call, asked)
    for code, told in (operation.get("responses") or {}).items():
        if str(code).isdigit():
            headers = told.get("headers") if isinstance(told, dict) else None
            parameters = {f"method.response.header.{name}": False for name in headers or {}}
            methods.put_method_response(call, {**method, "statusCode": str(code), "responseParameters": parameters})
    if integration is not None:
        _put_integration(call, method, integration)


def _put_integration(call: Call, method: JsonDict, integration: JsonDict) -> None:
    _expect(isinstance(integration, dict) and isinstance(integration.get("type"), str), "an integration needs a type")
    asked = {**method, **{to: _texts(integration[name]) for name, to in INTEGRATION.items() if name in integration}}
    asked |= {to: str(integration[name]).upper() for name, to in UPPER.items() if name in integration}
    if "credentials" in asked:
        PolicyGate(call.stores).pass_role(call, str(asked["credentials"]))
    integrations.put_integration(call, asked)
    for pattern, told in (integration.get("responses") or {}).items():
        answer: JsonDict = {**method, "statusCode": str(told.get("statusCode", "200"))}
        answer |= {name: _texts(told[name]) for name in ANSWER if told.get(name)}
        if pattern != "default":
            answer["selectionPattern"] = pattern
        with call.read() as tx:
            declared = methods.method_of(tx, call, method)[1].get("methodResponses") or {}
        if answer["statusCode"] not in declared:
            methods.put_method_response(call, {**method, "statusCode": answer["statusCode"]})
        integrations.put_integration_response(call, answer)


def _texts(value: Any) -> Any:
    """A member in the form of a request: maps and lists hold texts."""
    if isinstance(value, dict):
        return {str(name): str(inner) for name, inner in value.items()}
    return [str(each) for each in value] if isinstance(value, list) else value


def _authorization(operation: JsonDict, document: JsonDict) -> str:
    """NONE or AWS_IAM, as the operation's security says, or the document's. Raises for anything else."""
    kind = (operation.get(f"{EXTENSION}auth") or {}).get("type", "")
    if kind:
        return str(kind)
    schemes = document.get("securityDefinitions") or (document.get("components") or {}).get("securitySchemes") or {}
    for each in operation.get("security", document.get("security")) or ():
        for name in each:
            scheme = schemes.get(name) or {}
            if scheme.get(f"{EXTENSION}authtype") in SIGNED:
                return "AWS_IAM"
            raise bad_request(
                f"The security scheme {name} is not there: authorizers and API keys are not, use AWS_IAM or none."
            )
    return "NONE"


def _own(document: JsonDict) -> JsonDict:
    """What a document says of the API itself."""
    for member, why in REFUSED.items():
        if document.get(member):
            raise bad_request(why)
    found: JsonDict = {}
    if document.get(f"{EXTENSION}binary-media-types"):
        found["binaryMediaTypes"] = list(document[f"{EXTENSION}binary-media-types"])
    description = (document.get("info") or {}).get("description")
    return {**found, **({"description": str(description)} if description else {})}


def _title(document: JsonDict) -> str:
    info = document.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    _expect(isinstance(title, str) and bool(title), "info must have a title")
    return str(title)


def _read(body: Any) -> JsonDict:
    """A document in JSON or YAML. Raises BadRequestException."""
    raw = bytes(body) if isinstance(body, bytes | bytearray) else body.read() if hasattr(body, "read") else str(body)
    try:
        # An alias may stand for far more than was sent.
        _expect(
            not any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(raw, Loader=yaml.CSafeLoader)), ALIASES
        )
        document = yaml.load(raw, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise bad_request(f"Invalid OpenAPI input: {' '.join(str(error).split())[:200]}") from None
    _expect(isinstance(document, dict) and ("swagger" in document or "openapi" in document), "it has no version")
    assert isinstance(document, dict)
    return document


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise bad_request(f"Unable to import the OpenAPI document: {what}.")
