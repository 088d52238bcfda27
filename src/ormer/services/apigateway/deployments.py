"""Deployments: an API as it was at one moment."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import bad_request
from ormer.services.apigateway.refusals import api_of, page, part_of
from ormer.services.apigateway.stages import place
from ormer.stores import resources, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def create_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Freeze what an API answers now; with a stage's name that stage answers with it from now on.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
    Differs: no caches, no canaries, no tracing.
    Errors: BadRequestException for an API without methods or a method without integration; NotFoundException.
    """
    if request.get("canarySettings"):
        raise bad_request("Canary deployments of APIs are not there.")
    with call.write() as tx:
        api = api_of(tx, call, request)
        found = [row.document for row in rest_apis.parts(tx, api, rest_apis.RESOURCE)]
        found = [resource for resource in found if resource.get("resourceMethods")]
        _check(found)
        made = rest_apis.new_id()
        row = resources.create(
            tx,
            arn=f"{api.arn}/deployments/{made}",
            kind=rest_apis.DEPLOYMENT,
            name=made,
            parent=api.arn,
            document={"id": made, "description": request.get("description"), "apiSummary": _summary(found)},
            facts={"resources": found, "api": {"binaryMediaTypes": api.document.get("binaryMediaTypes") or []}},
            now=call.now,
            event=False,
        )
        assert row is not None, "a new id is nobody's"
        if request.get("stageName"):
            place(tx, call, api, made, request)
    return _shown(row, summary=False)


def get_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Answer a deployment, with `embed=apisummary` its methods. https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployment.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        row = _deployment(tx, call, request)[1]
    return _shown(row, "apisummary" in (request.get("embed") or ()))


def get_deployments(call: Call, request: JsonDict) -> JsonDict:
    """Page through an API's deployments. https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        rows = rest_apis.parts(tx, api_of(tx, call, request), rest_apis.DEPLOYMENT)
    return page([_shown(row, summary=False) for row in rows], request)


def update_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Change a deployment's description. https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDeployment.html

    Errors: BadRequestException for anything else; NotFoundException.
    """
    with call.write() as tx:
        row = _deployment(tx, call, request)[1]
        for operation in request.get("patchOperations") or ():
            if (operation.get("op"), operation.get("path")) != ("replace", "/description"):
                raise bad_request("Invalid patch operation specified: only /description of a deployment is replaced.")
            row = resources.save(tx, row, {"description": operation.get("value", "")}, now=call.now)
    return _shown(row, summary=False)


def delete_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Delete a deployment that no stage answers with. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html

    Errors: BadRequestException while a stage does; NotFoundException.
    """
    with call.write() as tx:
        api, row = _deployment(tx, call, request)
        if any(stage.document["deploymentId"] == row.name for stage in rest_apis.parts(tx, api, rest_apis.STAGE)):
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        resources.delete(tx, row.arn)
    return {}


def _deployment(tx: Tx, call: Call, request: JsonDict) -> tuple[Row, Row]:
    api = api_of(tx, call, request)
    return api, part_of(tx, api, rest_apis.DEPLOYMENT, request["deploymentId"])


def _check(found: list[JsonDict]) -> None:
    methods = [method for resource in found for method in resource["resourceMethods"].values()]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise bad_request("No integration defined for method")


def _summary(found: list[JsonDict]) -> JsonDict:
    return {
        resource["path"]: {
            name: {"authorizationType": method["authorizationType"], "apiKeyRequired": False}
            for name, method in resource["resourceMethods"].items()
        }
        for resource in found
    }


def _shown(row: Row, summary: bool) -> JsonDict:
    document = {name: value for name, value in row.document.items() if value is not None}
    if not summary:
        document.pop("apiSummary", None)
    return {**document, "createdDate": row.created}
