"""Spaces of a domain: kept, tagged and described. No application runs in them."""

from __future__ import annotations

from typing import Any

from ormer.services.sagemaker.domains import DOMAIN
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

SPACE = Noun(
    "Space",
    name="SpaceName",
    arn="space/{name}",
    missing=("ResourceNotFound", "Space {name} does not exist."),
    taken=("ResourceInUse", "Space already exists: {arn}"),
)
SUMMARIES = {
    "SpaceSettings": ("AppType", "RemoteAccess", "SpaceStorageSettings"),
    "SpaceSharingSettings": ("SharingType",),
    "OwnershipSettings": ("OwnerUserProfileName",),
}


def create_space(call: Call, request: JsonDict) -> JsonDict:
    """Keep a space of a domain. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateSpace.html

    Differs: it is InService at once; no storage and no application is made for it.
    Errors: ResourceNotFound for the domain; ResourceInUse when the name is taken.
    """
    with call.write():
        domain = DOMAIN.get(call, request["DomainId"])
        arn = SPACE.arn_of(call, f"{domain.name}/{request['SpaceName']}")
        row = SPACE.create(call, request, arn=arn, parent=domain.name, status="InService")
    return {"SpaceArn": row.arn}


def describe_space(call: Call, request: JsonDict) -> JsonDict:
    """Answer a space. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeSpace.html

    Errors: ResourceNotFound.
    """
    return _get(call, request).document


def list_spaces(call: Call, request: JsonDict) -> JsonDict:
    """Page through spaces, of one domain or of all. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListSpaces.html"""
    page = {"SortOrder": "Ascending", **request}
    if request.get("SpaceNameContains"):
        page["NameContains"] = request["SpaceNameContains"]
    rows, more = SPACE.rows(call, page, parent=request.get("DomainIdEquals"))
    return {"Spaces": [_summary(row) for row in rows], **more}


def _summary(row: Row) -> JsonDict:
    kept = {
        f"{name}Summary": {member: row.document[name][member] for member in members if member in row.document[name]}
        for name, members in SUMMARIES.items()
        if name in row.document
    }
    return {**row.document, **kept}


def update_space(call: Call, request: JsonDict) -> JsonDict:
    """Change a space. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateSpace.html

    Errors: ResourceNotFound.
    """
    with call.write():
        row = _get(call, request)
        change = {name: request[name] for name in ("SpaceDisplayName", "SpaceSettings") if name in request}
        SPACE.save(call, row, change)
    return {"SpaceArn": row.arn}


def delete_space(call: Call, request: JsonDict) -> JsonDict:
    """Delete a space. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteSpace.html

    Errors: ResourceNotFound.
    """
    with call.write():
        SPACE.remove(call, _get(call, request))
    return {}


def list_apps(call: Call, request: JsonDict) -> JsonDict:
    """List applications: none run here. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListApps.html"""
    return {"Apps": []}


def _get(call: Call, request: JsonDict) -> Row:
    return SPACE.get(call, request["SpaceName"], parent=request["DomainId"])
