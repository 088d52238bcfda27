"""REST APIs: made with a root resource, deleted with all that belongs to them."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import bad_request
from ormer.services.apigateway.refusals import api_of, page
from ormer.stores import resources, rest_apis
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
# Members of CreateRestApi that would change what an API lets through, and are not there.
REFUSED = {
    "cloneFrom": "APIs cannot be cloned here.",
    "policy": "Resource policies of APIs are not evaluated here; use AWS_IAM as a method's authorization type.",
}
TYPES = ("EDGE", "REGIONAL")
DEFAULTS: JsonDict = {
    "apiKeySource": "HEADER",
    "endpointConfiguration": {"types": ["EDGE"]},
    "disableExecuteApiEndpoint": False,
}
TEXTS = ("name", "description")


def create_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Make an API with a root resource. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html

    Differs: resource policies, private APIs and clones are refused; answers are never compressed.
    Errors: BadRequestException.
    """
    for member, why in REFUSED.items():
        if request.get(member):
            raise bad_request(why)
    _check_types(request.get("endpointConfiguration") or {})
    api_id, root = rest_apis.new_id(rest_apis.API_ID_LENGTH), rest_apis.new_id(rest_apis.API_ID_LENGTH)
    document = {**DEFAULTS, **request, "id": api_id, "rootResourceId": root}
    arn = rest_apis.api_arn(call.region, call.account, api_id)
    with call.write() as tx:
        row = resources.create(
            tx, arn=arn, kind=rest_apis.API, name=api_id, document=document, now=call.now, event=False
        )
        assert row is not None, "a new id is nobody's"
        resources.create(
            tx,
            arn=f"{arn}/resources/{root}",
            kind=rest_apis.RESOURCE,
            name=root,
            parent=arn,
            document={"id": root, "path": "/"},
            now=call.now,
            event=False,
        )
    return _shown(row)


def get_rest_apis(call: Call, request: JsonDict) -> JsonDict:
    """Page through APIs. https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html"""
    c = table.c
    here = (c.account == call.account, c.region == call.region, c.service == rest_apis.SERVICE)
    with call.read() as tx:
        found = resources.select(tx, *here, c.kind == rest_apis.API)
    return page([_shown(row) for row in found], request)


def get_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Answer an API. https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApi.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return _shown(api_of(tx, call, request))


def update_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Change an API's name, description, binary media types, or whether it answers at its own host.

    https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html
    Differs: other paths are refused.
    Errors: BadRequestException, NotFoundException.
    """
    with call.write() as tx:
        row = api_of(tx, call, request)
        change: JsonDict = {"binaryMediaTypes": list(row.document.get("binaryMediaTypes") or ())}
        for operation in request.get("patchOperations") or ():
            _patch(change, operation)
        return _shown(resources.save(tx, row, change, now=call.now))


def delete_rest_api(call: Call, request: JsonDict) -> JsonDict:
    """Delete an API with its resources, deployments and stages. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteRestApi.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row = api_of(tx, call, request)
        for kind in (rest_apis.STAGE, rest_apis.DEPLOYMENT, rest_apis.RESOURCE):
            for part in rest_apis.parts(tx, row, kind):
                resources.delete(tx, part.arn)
        resources.delete(tx, row.arn)
    return {}


def _patch(change: JsonDict, operation: JsonDict) -> None:
    kind, path, value = operation.get("op"), operation.get("path", ""), operation.get("value", "")
    name, _, inner = path.removeprefix("/").partition("/")
    types: list[str] = change["binaryMediaTypes"]
    inner = inner.replace("~1", "/").replace("~0", "~")
    if kind == "replace" and name in TEXTS:
        change[name] = value
    elif kind == "replace" and name == "disableExecuteApiEndpoint":
        change[name] = value.lower() == "true"
    elif name == "binaryMediaTypes" and kind == "add":
        types += [] if inner in types else [inner]
    elif name == "binaryMediaTypes" and kind == "remove" and inner in types:
        types.remove(inner)
    else:
        raise bad_request(f"Invalid patch operation specified: {kind} {path} cannot be done here.")


def _check_types(configuration: JsonDict) -> None:
    if any(each not in TYPES for each in configuration.get("types") or ()):
        raise bad_request("Private APIs are not there: choose REGIONAL or EDGE, and listen where only you can reach.")


def _shown(row: Row) -> JsonDict:
    return {**row.document, "createdDate": row.created}
