"""Stages of HTTP APIs, which answer with deployments, and those deployments."""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.api_gateway_errors import bad_request, conflict
from ormer.services.apigatewayv2.refusals import api_of, given, page, part_of
from ormer.stores import http_apis, resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
DEFAULTS: JsonDict = {
    "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
    "RouteSettings": {},
    "StageVariables": {},
    "AutoDeploy": False,
}


def create_stage(call: Call, request: JsonDict) -> JsonDict:
    """Make a stage; one that deploys by itself answers at once with the API as it is.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
    Differs: no access logs, no throttles.
    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    name = request["StageName"]
    if NAME.fullmatch(name) is None:
        raise bad_request("Stage name only allows a-zA-Z0-9_-, or is $default.")
    with call.write() as tx:
        api = api_of(tx, call, request)
        if http_apis.part(tx, api, http_apis.STAGE, name) is not None:
            raise conflict("Stage already exists")
        if request.get("DeploymentId"):
            if request.get("AutoDeploy"):
                raise bad_request("DeploymentId cannot be set on a stage that deploys by itself.")
            part_of(tx, api, http_apis.DEPLOYMENT, request["DeploymentId"])
        document = {
            **DEFAULTS,
            **given(request, "Tags"),
            "CreatedDate": call.now,
            "LastUpdatedDate": call.now,
            "Tags": request.get("Tags") or {},
        }
        http_apis.make(tx, api, http_apis.STAGE, name, document, call.now)
        http_apis.deploy_changes(tx, api, call.now)
        return part_of(tx, api, http_apis.STAGE, name).document


def get_stage(call: Call, request: JsonDict) -> JsonDict:
    """Answer a stage. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return part_of(tx, api_of(tx, call, request), http_apis.STAGE, request["StageName"]).document


def get_stages(call: Call, request: JsonDict) -> JsonDict:
    """Page through stages. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html"""
    with call.read() as tx:
        found = http_apis.parts(tx, api_of(tx, call, request), http_apis.STAGE)
    return page([row.document for row in found], request)


def update_stage(call: Call, request: JsonDict) -> JsonDict:
    """Change a stage. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html

    Errors: BadRequestException, NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, http_apis.STAGE, request["StageName"])
        if request.get("DeploymentId"):
            part_of(tx, api, http_apis.DEPLOYMENT, request["DeploymentId"])
        resources.save(tx, row, {**given(request), "LastUpdatedDate": call.now}, now=call.now)
        if request.get("AutoDeploy"):
            http_apis.deploy_changes(tx, api, call.now)
        return part_of(tx, api, http_apis.STAGE, request["StageName"]).document


def delete_stage(call: Call, request: JsonDict) -> JsonDict:
    """Delete a stage. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        resources.delete(tx, part_of(tx, api, http_apis.STAGE, request["StageName"]).arn)
    return {}


def create_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Freeze what an API answers now; a stage that is named answers with it.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html
    Errors: BadRequestException for an API without routes; NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        if not http_apis.parts(tx, api, http_apis.ROUTE):
            raise bad_request("Unable to deploy API because no routes exist in this API")
        row = http_apis.deploy(tx, api, call.now, request.get("Description"))
        if request.get("StageName"):
            stage = part_of(tx, api, http_apis.STAGE, request["StageName"])
            resources.save(tx, stage, {"DeploymentId": row.name, "LastUpdatedDate": call.now}, now=call.now)
    return row.document


def get_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Answer a deployment. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return part_of(tx, api_of(tx, call, request), http_apis.DEPLOYMENT, request["DeploymentId"]).document


def get_deployments(call: Call, request: JsonDict) -> JsonDict:
    """Page through deployments. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html"""
    with call.read() as tx:
        found = http_apis.parts(tx, api_of(tx, call, request), http_apis.DEPLOYMENT)
    return page([row.document for row in found], request)


def delete_deployment(call: Call, request: JsonDict) -> JsonDict:
    """Delete a deployment that no stage answers with. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html

    Errors: BadRequestException while a stage does; NotFoundException.
    """
    with call.write() as tx:
        api = api_of(tx, call, request)
        row = part_of(tx, api, http_apis.DEPLOYMENT, request["DeploymentId"])
        stages = http_apis.parts(tx, api, http_apis.STAGE)
        if any(stage.document.get("DeploymentId") == row.name for stage in stages):
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        resources.delete(tx, row.arn)
    return {}
