"""Resources: the paths of an API, in a tree."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import bad_request, conflict
from ormer.aws.rest_apis import GREEDY, PART, VARIABLE
from ormer.services.apigateway.refusals import api_of, page, part_of
from ormer.stores import resources, rest_apis
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ALLOWED = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning "
    "and the end."
)


def create_resource(call: Call, request: JsonDict) -> JsonDict:
    """Make a path below another one. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html

    Errors: NotFoundException; ConflictException when the parent has it; BadRequestException.
    """
    part = request["pathPart"]
    if PART.fullmatch(part) is None:
        raise bad_request(ALLOWED)
    with call.write() as tx:
        api = api_of(tx, call, request)
        parent = part_of(tx, api, rest_apis.RESOURCE, request["parentId"])
        if GREEDY.fullmatch(parent.document.get("pathPart", "")):
            raise bad_request("Cannot create a child of a resource with a greedy path variable")
        for sibling in rest_apis.parts(tx, api, rest_apis.RESOURCE):
            if sibling.document.get("parentId") == parent.name:
                _check_sibling(sibling, part)
        made = rest_apis.new_id()
        row = resources.create(
            tx,
            arn=f"{api.arn}/resources/{made}",
            kind=rest_apis.RESOURCE,
            name=made,
            parent=api.arn,
            document={
                "id": made,
                "parentId": parent.name,
                "pathPart": part,
                "path": f"{parent.document['path'].rstrip('/')}/{part}",
            },
            now=call.now,
            event=False,
        )
        assert row is not None, "a new id is nobody's"
    return shown(row, embed=True)


def get_resource(call: Call, request: JsonDict) -> JsonDict:
    """Answer a path, with `embed=methods` its methods whole. https://docs.aws.amazon.com/apigateway/latest/api/API_GetResource.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        row = part_of(tx, api_of(tx, call, request), rest_apis.RESOURCE, request["resourceId"])
    return shown(row, "methods" in (request.get("embed") or ()))


def get_resources(call: Call, request: JsonDict) -> JsonDict:
    """Page through an API's paths. https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        rows = rest_apis.parts(tx, api_of(tx, call, request), rest_apis.RESOURCE)
    return page([shown(row, "methods" in (request.get("embed") or ())) for row in rows], request)


def delete_resource(call: Call, request: JsonDict) -> JsonDict:
    """Delete a path with all below it. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteResource.html

    Errors: NotFoundException; BadRequestException for the root.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, rest_apis.RESOURCE, request["resourceId"])
        if "parentId" not in row.document:
            raise bad_request("Resource identified by root resource id cannot be deleted")
        below = f"{row.document['path']}/"
        for each in rest_apis.parts(tx, api, rest_apis.RESOURCE):
            if each.name == row.name or each.document["path"].startswith(below):
                resources.delete(tx, each.arn)
    return {}


def shown(row: Row, embed: bool) -> JsonDict:
    """A resource as it is answered. embed: its methods whole instead of their names alone."""
    methods = row.document.get("resourceMethods") or {}
    told = methods if embed else {name: {} for name in methods}
    document = {name: value for name, value in row.document.items() if name != "resourceMethods"}
    return {**document, **({"resourceMethods": told} if methods else {})}


def _check_sibling(sibling: Row, part: str) -> None:
    there = sibling.document["pathPart"]
    if there == part:
        raise conflict(f"Another resource with the same parent already has this name: {part}")
    if all(VARIABLE.fullmatch(each) for each in (there, part)):
        text = "A sibling ({}) of this resource already has a variable path part -- only one is allowed"
        raise bad_request(text.format(there))
