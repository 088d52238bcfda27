"""Stages: under which name which deployment answers."""

from __future__ import annotations

import re
from typing import Any

from ormer.aws.api_gateway_errors import bad_request, conflict
from ormer.services.apigateway.refusals import api_of, part_of
from ormer.stores import resources, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")
DEFAULTS: JsonDict = {
    "cacheClusterEnabled": False,
    "cacheClusterStatus": "NOT_AVAILABLE",
    "methodSettings": {},
    "tracingEnabled": False,
}


def create_stage(call: Call, request: JsonDict) -> JsonDict:
    """Give a deployment a name. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html

    Differs: no caches, no canaries, no tracing, no access logs.
    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    if request.get("canarySettings"):
        raise bad_request("Canary deployments of APIs are not there.")
    with call.write() as tx:
        api = api_of(tx, call, request)
        if rest_apis.part(tx, api, rest_apis.STAGE, request["stageName"]) is not None:
            raise conflict("Stage already exists")
        part_of(tx, api, rest_apis.DEPLOYMENT, request["deploymentId"])
        words = {**request, "stageDescription": request.get("description")}
        row = place(tx, call, api, request["deploymentId"], words)
    return _shown(row)


def get_stage(call: Call, request: JsonDict) -> JsonDict:
    """Answer a stage. https://docs.aws.amazon.com/apigateway/latest/api/API_GetStage.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return _shown(_stage(tx, call, request))


def get_stages(call: Call, request: JsonDict) -> JsonDict:
    """List an API's stages, or those of one deployment. https://docs.aws.amazon.com/apigateway/latest/api/API_GetStages.html

    Errors: NotFoundException.
    """
    wanted = request.get("deploymentId")
    with call.read() as tx:
        rows = rest_apis.parts(tx, api_of(tx, call, request), rest_apis.STAGE)
    return {"item": [_shown(row) for row in rows if not wanted or row.document["deploymentId"] == wanted]}


def update_stage(call: Call, request: JsonDict) -> JsonDict:
    """Point a stage at another deployment, or change its description or variables.

    https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
    Differs: other paths are refused.
    Errors: BadRequestException, NotFoundException.
    """
    with call.write() as tx:
        row = _stage(tx, call, request)
        change: JsonDict = {"variables": dict(row.document.get("variables") or {})}
        for operation in request.get("patchOperations") or ():
            _patch(change, operation)
        if "deploymentId" in change:
            part_of(tx, api_of(tx, call, request), rest_apis.DEPLOYMENT, change["deploymentId"])
        _check_variables(change["variables"])
        return _shown(resources.save(tx, row, change, now=call.now))


def delete_stage(call: Call, request: JsonDict) -> JsonDict:
    """Delete a stage; its deployment stays. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteStage.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        resources.delete(tx, _stage(tx, call, request).arn)
    return {}


def place(tx: Tx, call: Call, api: Row, deployment: str, request: JsonDict) -> Row:
    """Let a stage answer with a deployment; one that is not there is made. Raises BadRequestException."""
    name = request["stageName"]
    if NAME.fullmatch(name) is None:
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    words: JsonDict = {"deploymentId": deployment}
    if request.get("stageDescription"):
        words["description"] = request["stageDescription"]
    if request.get("variables"):
        words["variables"] = request["variables"]
        _check_variables(request["variables"])
    found = rest_apis.part(tx, api, rest_apis.STAGE, name)
    if found is not None:
        return resources.save(tx, found, words, now=call.now)
    row = resources.create(
        tx,
        arn=f"{api.arn}/stages/{name}",
        kind=rest_apis.STAGE,
        name=name,
        parent=api.arn,
        document={**DEFAULTS, **words, "stageName": name, "tags": request.get("tags") or {}},
        now=call.now,
        event=False,
    )
    assert row is not None, "there is no stage of this name"
    return row


def _stage(tx: Tx, call: Call, request: JsonDict) -> Row:
    return part_of(tx, api_of(tx, call, request), rest_apis.STAGE, request["stageName"])


def _patch(change: JsonDict, operation: JsonDict) -> None:
    kind, path, value = operation.get("op"), operation.get("path", ""), operation.get("value", "")
    name, _, inner = path.removeprefix("/").partition("/")
    if kind == "replace" and name in ("deploymentId", "description") and not inner:
        change[name] = value
    elif name == "variables" and inner and kind in ("add", "replace"):
        change["variables"][inner] = value
    elif name == "variables" and inner and kind == "remove":
        change["variables"].pop(inner, None)
    else:
        raise bad_request(f"Invalid patch operation specified: {kind} {path} cannot be done here.")


def _check_variables(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if VARIABLE_NAME.fullmatch(name) is None or VARIABLE_VALUE.fullmatch(value) is None:
            raise bad_request("Stage variable names and values allow letters, digits and -._~:/?#&=, in values")


def _shown(row: Row) -> JsonDict:
    document = {name: value for name, value in row.document.items() if value not in (None, {}) or name != "variables"}
    return {**document, "createdDate": row.created, "lastUpdatedDate": row.modified}
