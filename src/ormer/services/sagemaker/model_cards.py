"""Model cards: what people write down about a model, version by version.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ormer.aws.errors import AwsError, validation
from ormer.stores import card_exports, resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import properties
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
MODEL_CARD = Noun(
    "ModelCard",
    name="ModelCardName",
    arn="model-card/{name}",
    missing=("ResourceNotFound", "ModelCard {name} does not exist."),
    taken=("ConflictException", "Modelcard with name {name} already exists"),
)
# An earlier version of a card, as it was; its parent is the card.
VERSION = Noun("ModelCardVersion", name="ModelCardVersion", arn="model-card-version/{name}")
# Members of Search's answer that stand in the content of the card: of a model, or of a version in a group.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelCard.html
FOUND_IN_CONTENT = {
    "ModelId": (("model_overview", "model_id"), ("model_package_details", "model_package_arn")),
    "RiskRating": (("intended_uses", "risk_rating"),),
    "ModelPackageGroupName": (("model_package_details", "model_package_group_name"),),
}
SUMMARY = ("ModelCardName", "ModelCardArn", "ModelCardStatus", "CreationTime", "LastModifiedTime")


def create_model_card(call: Call, request: JsonDict) -> JsonDict:
    """Write a card's first version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelCard.html

    Differs: the content must be JSON, but is not held against the card's schema.
    Errors: ConflictException for a name that is taken; ValidationException for content that is no JSON.
    """
    searched = _searched(request["Content"])
    return {"ModelCardArn": MODEL_CARD.create(call, request, document={"ModelCardVersion": 1, **searched}).arn}


def describe_model_card(call: Call, request: JsonDict) -> JsonDict:
    """Answer a card, or one of its versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelCard.html

    Errors: ResourceNotFound.
    """
    row = MODEL_CARD.get(call, request["ModelCardName"])
    wanted = request.get("ModelCardVersion")
    found = next((one for one in _versions(call, row) if wanted in (None, one["ModelCardVersion"])), None)
    if found is None:
        raise AwsError("ResourceNotFound", f"ModelCard {row.name} has no version {wanted}.")
    if request.get("IncludedData") == "MetadataOnly":
        found = {**found, "Content": "{}"}
    return found


def update_model_card(call: Call, request: JsonDict) -> JsonDict:
    """Write another version, or change the status. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelCard.html

    New content is a new version; a status alone is the newest version's.
    Errors: ResourceNotFound; ValidationException for content that is no JSON.
    """
    with call.write() as tx:
        row = MODEL_CARD.get(call, request["ModelCardName"])
        change = {name: request[name] for name in ("Content", "ModelCardStatus") if name in request}
        gone: Iterable[str] = ()
        if "Content" in request and request["Content"] != row.document["Content"]:
            searched = _searched(request["Content"])
            number = row.document["ModelCardVersion"]
            kept = {name: value for name, value in row.document.items() if name != "ModelCardArn"}
            resources.create(
                tx,
                arn=VERSION.arn_of(call, f"{row.name}/{number}"),
                kind=VERSION.kind,
                name=f"{row.name}/{number}",
                parent=row.arn,
                document=kept,
                now=call.now,
                event=False,
            )
            change |= {"ModelCardVersion": number + 1, **searched}
            gone = FOUND_IN_CONTENT.keys() - searched.keys()
        MODEL_CARD.save(call, row, change, drop=gone)
    return {"ModelCardArn": row.arn}


def delete_model_card(call: Call, request: JsonDict) -> JsonDict:
    """Delete a card with its versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelCard.html

    What is known of its exports goes too; their PDFs stay.
    Errors: ResourceNotFound; ConflictException while the card is exported.
    """
    with call.write() as tx:
        row = MODEL_CARD.get(call, request["ModelCardName"])
        exports = resources.select(tx, table.c.parent == row.arn, table.c.kind == card_exports.KIND)
        if any(export.status == card_exports.IN_PROGRESS for export in exports):
            raise AwsError(
                "ConflictException", f"ModelCard {row.name} is being exported; delete it when that has ended."
            )
        for child in (*_earlier(call, row), *exports):
            resources.delete(tx, child.arn)
        MODEL_CARD.remove(call, row)
    return {}


def list_model_cards(call: Call, request: JsonDict) -> JsonDict:
    """Page through cards. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelCards.html"""
    where = []
    if request.get("ModelCardStatus"):
        c = properties.c
        of_status = (c.path == "ModelCardStatus", c.text == request["ModelCardStatus"])
        where.append(table.c.arn.in_(properties.select().with_only_columns(c.arn).where(*of_status)))
    rows, more = MODEL_CARD.rows(call, request, *where)
    return {"ModelCardSummaries": [_summary(row.document) for row in rows], **more}


def list_model_card_versions(call: Call, request: JsonDict) -> JsonDict:
    """Answer a card's versions, newest first. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelCardVersions.html

    Differs: all of them on one page.
    Errors: ResourceNotFound.
    """
    row = MODEL_CARD.get(call, request["ModelCardName"])
    found = _versions(call, row)
    if request.get("SortOrder") == "Ascending":
        found.reverse()
    wanted = request.get("ModelCardStatus")
    shown = [{**_summary(one), "ModelCardVersion": one["ModelCardVersion"]} for one in found]
    return {"ModelCardVersionSummaryList": [one for one in shown if wanted in (None, one["ModelCardStatus"])]}


def _searched(content: str) -> JsonDict:
    """The members of a card that Search finds it by. Raises ValidationException for content that is no JSON object."""
    try:
        told = json.loads(content)
    except ValueError as error:
        raise validation(f"The model card's Content is no JSON: {error}.") from None
    if not isinstance(told, dict):
        raise validation('The model card\'s Content must be a JSON object, such as {"model_overview": {}}.')
    found = {}
    for member, places in FOUND_IN_CONTENT.items():
        parts = [(told.get(section), name) for section, name in places]
        values = [part[name] for part, name in parts if isinstance(part, dict) and part.get(name) is not None]
        if values:
            found[member] = str(values[0])
    return found


def _versions(call: Call, row: Row) -> list[JsonDict]:
    """All versions of a card as they are answered, newest first."""
    earlier = [{**version.document, "ModelCardArn": row.arn} for version in _earlier(call, row)]
    return sorted([row.document, *earlier], key=lambda one: -int(one["ModelCardVersion"]))


def _earlier(call: Call, row: Row) -> list[Row]:
    with call.read() as tx:
        return resources.select(tx, table.c.parent == row.arn, table.c.kind == VERSION.kind)


def _summary(document: JsonDict) -> JsonDict:
    return {name: document[name] for name in SUMMARY if name in document}
