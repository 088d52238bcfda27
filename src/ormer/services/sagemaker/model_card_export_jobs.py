"""Exports of model cards as PDF.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-export.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError, validation
from ormer.services.sagemaker.model_cards import MODEL_CARD, describe_model_card
from ormer.stores.access import PolicyGate
from ormer.stores.card_exports import IN_PROGRESS, KIND
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import properties
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
EXPORT_JOB = Noun(
    KIND,
    name="ModelCardExportJobName",
    arn="model-card/{name}",
    missing=("ResourceNotFound", "Model card export job {name} does not exist."),
    taken=("ConflictException", "A model card export job of this name already exists ({arn})."),
)


def create_model_card_export_job(call: Call, request: JsonDict) -> JsonDict:
    """Begin to make a PDF of a card's version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelCardExportJob.html

    What is exported is the version as it is now; the newest where none is named.
    Errors: ResourceNotFound for a card or version that is not there; ConflictException for a name that the card's
    exports have; ValidationException for an address that is none of S3.
    """
    card = MODEL_CARD.get(call, request["ModelCardName"])
    wanted = {"ModelCardVersion": request["ModelCardVersion"]} if "ModelCardVersion" in request else {}
    name, place = request["ModelCardExportJobName"], request["OutputConfig"]["S3OutputPath"].rstrip("/")
    found = describe_model_card(call, {"ModelCardName": card.name, **wanted})
    version = found["ModelCardVersion"]
    target = f"{place}/{name}/{card.name}-{version}.pdf"
    _check_target(call, target)
    told = {
        "name": card.name,
        "version": version,
        "status": found["ModelCardStatus"],
        "created": found["CreationTime"],
        "modified": found.get("LastModifiedTime", found["CreationTime"]),
        "content": found["Content"],
    }
    row = EXPORT_JOB.create(
        call,
        {"OutputConfig": request["OutputConfig"], "ModelCardExportJobName": name},
        document={"ModelCardName": card.name, "ModelCardVersion": version},
        status=IN_PROGRESS,
        arn=EXPORT_JOB.arn_of(call, f"{card.name}/export-job/{name}"),
        parent=card.arn,
        facts={"id": uuid.uuid4().hex, "card": told, "target": target},
    )
    return {"ModelCardExportJobArn": row.arn}


def describe_model_card_export_job(call: Call, request: JsonDict) -> JsonDict:
    """Answer an export and where its PDF is. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelCardExportJob.html

    Errors: ResourceNotFound.
    """
    return _told(EXPORT_JOB.get(call, request["ModelCardExportJobArn"]))


def list_model_card_export_jobs(call: Call, request: JsonDict) -> JsonDict:
    """Page through a card's exports. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelCardExportJobs.html

    Errors: ResourceNotFound for a card that is not there.
    """
    card = MODEL_CARD.get(call, request["ModelCardName"])
    where = []
    if "ModelCardVersion" in request:
        c = properties.c
        of_version = (c.path == "ModelCardVersion", c.number == request["ModelCardVersion"])
        where.append(table.c.arn.in_(properties.select().with_only_columns(c.arn).where(*of_version)))
    asked = {**request, "NameContains": request.get("ModelCardExportJobNameContains")}
    rows, more = EXPORT_JOB.rows(call, asked, *where, parent=card.arn)
    return {"ModelCardExportJobSummaries": [_told(row) for row in rows], **more}


def _check_target(call: Call, target: str) -> None:
    """The PDF is written for whoever asked, so they must be allowed to write it."""
    try:
        bucket, key = call.stores.objects.parse_uri(target)
    except ValueError as error:
        raise validation(f"OutputConfig.S3OutputPath: {error}") from None
    if call.stores.objects.find_bucket(bucket) is None:
        raise AwsError("ValidationException", f"The bucket {bucket} of OutputConfig.S3OutputPath does not exist.")
    PolicyGate(call.stores).permit(call.identity, call.region, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")


def _told(row: Row) -> JsonDict:
    return {**row.document, "CreatedAt": row.created, "LastModifiedAt": row.modified}
