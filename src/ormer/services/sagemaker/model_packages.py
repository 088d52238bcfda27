"""Model packages: versions of a model with their evidence, and a person's decision about each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.sagemaker.lineage_records import record_model_data, record_model_package
from ormer.services.sagemaker.model_package_groups import MODEL_PACKAGE_GROUP
from ormer.services.sagemaker.model_package_sources import taken_over
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import properties
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

MODEL_PACKAGE = Noun(
    "ModelPackage",
    name="ModelPackageName",
    arn="model-package/{name}",
    plural="ModelPackageSummaryList",
    missing=("ValidationException", "ModelPackage {arn} does not exist."),
    taken=("ValidationException", "ModelPackage already exists: {arn}"),
)
CHANGEABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


def create_model_package(call: Call, request: JsonDict) -> JsonDict:
    """Register a version in a group, or a package without one. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html

    Versions count from 1 and a number is never given twice. Without ModelApprovalStatus a version waits for a person.
    A SourceUri that is the ARN of a model or of another package brings that one's InferenceSpecification with it.
    Errors: ValidationException when the group or that source is not there, or when both or neither of the two names are
    given.
    Differs: SkipModelValidation is taken as All: no validation job runs.
    """
    group_name, own_name = request.get("ModelPackageGroupName"), request.get("ModelPackageName")
    if bool(group_name) == bool(own_name):
        raise AwsError(
            "ValidationException",
            "Either ModelPackageName or ModelPackageGroupName must be provided, and not both: "
            "a name makes a package of its own, a group a version.",
        )
    request = {**request, **taken_over(call, request)}
    with call.write() as tx:
        if group_name:
            row = _create_version(call, request, MODEL_PACKAGE_GROUP.get(call, group_name))
        else:
            row = MODEL_PACKAGE.create(call, request, document=_completed(request), status="Completed")
        record_model_package(tx, call, row)
        record_model_data(tx, call, row)
    return {"ModelPackageArn": row.arn}


def describe_model_package(call: Call, request: JsonDict) -> JsonDict:
    """Answer a version by ARN (or a package by name). https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html"""
    return _described(MODEL_PACKAGE.get(call, request["ModelPackageName"]))


def batch_describe_model_package(call: Call, request: JsonDict) -> JsonDict:
    """Answer several versions by ARN. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchDescribeModelPackage.html"""
    found: JsonDict = {}
    failed: JsonDict = {}
    for arn in request["ModelPackageArnList"]:
        row = MODEL_PACKAGE.find(call, arn)
        if row is None:
            error = MODEL_PACKAGE.not_found(call, arn)
            failed[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        else:
            found[arn] = _described(row)
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": failed}


def list_model_packages(call: Call, request: JsonDict) -> JsonDict:
    """Page through versions of a group, newest first. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackages.html

    Without a group: packages of their own, unless ModelPackageType asks for Versioned or Both. A group that is not
    there has no versions, which is no error: clients ask for the newest approved one before there ever was one.
    """
    c = table.c
    where: list[sa.ColumnElement[bool]] = []
    if request.get("ModelPackageGroupName"):
        group = MODEL_PACKAGE_GROUP.find(call, request["ModelPackageGroupName"])
        if group is None:
            return {"ModelPackageSummaryList": []}
        where.append(c.parent == group.arn)
    else:
        kind = request.get("ModelPackageType", "Unversioned")
        if kind != "Both":
            where.append(c.parent != "" if kind == "Versioned" else c.parent == "")
    if request.get("ModelApprovalStatus"):
        of_status = sa.select(properties.c.arn).where(
            properties.c.path == "ModelApprovalStatus", properties.c.text == request["ModelApprovalStatus"]
        )
        where.append(c.arn.in_(of_status))
    rows, more = MODEL_PACKAGE.rows(call, request, *where)
    return {"ModelPackageSummaryList": [_described(row) for row in rows], **more}


def update_model_package(call: Call, request: JsonDict) -> JsonDict:
    """Approve or reject with a comment, or change metadata. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html

    Of a ModelCard what is not given stays as it was.
    Emits "SageMaker Model Package State Change" when the approval status changes; the event names who.
    Errors: ValidationException when the version is not there.
    """
    change = {key: request[key] for key in CHANGEABLE if key in request}
    with call.write() as tx:
        row = MODEL_PACKAGE.get(call, request["ModelPackageArn"])
        if "ModelCard" in change:
            # The SDK sends a card's content and its status in requests of their own.
            change["ModelCard"] = {**row.document.get("ModelCard", {}), **change["ModelCard"]}
        if "CustomerMetadataProperties" in request or "CustomerMetadataPropertiesToRemove" in request:
            kept = {
                **row.document.get("CustomerMetadataProperties", {}),
                **request.get("CustomerMetadataProperties", {}),
            }
            for name in request.get("CustomerMetadataPropertiesToRemove", ()):
                kept.pop(name, None)
            change["CustomerMetadataProperties"] = kept
        if "AdditionalInferenceSpecificationsToAdd" in request:
            change["AdditionalInferenceSpecifications"] = [
                *row.document.get("AdditionalInferenceSpecifications", ()),
                *request["AdditionalInferenceSpecificationsToAdd"],
            ]
        decided = "ModelApprovalStatus" in change and change["ModelApprovalStatus"] != row.document.get(
            "ModelApprovalStatus"
        )
        saved = MODEL_PACKAGE.save(call, row, change, event=decided)
        if decided:
            record_model_package(tx, call, saved)
    return {"ModelPackageArn": saved.arn}


def delete_model_package(call: Call, request: JsonDict) -> JsonDict:
    """Delete a version or package. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackage.html"""
    with call.write():
        MODEL_PACKAGE.remove(call, MODEL_PACKAGE.get(call, request["ModelPackageName"]))
    return {}


def _create_version(call: Call, request: JsonDict, group: Row) -> Row:
    version = int(group.facts.get("last_version", 0)) + 1
    document = {
        **_completed(request),
        "ModelPackageGroupName": group.name,
        "ModelPackageVersion": version,
        "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
    }
    with call.write() as tx:
        row = MODEL_PACKAGE.create(
            call,
            request,
            document=document,
            status="Completed",
            name=f"{group.name}/{version}",
            arn=arns.arn("sagemaker", call.region, call.account, f"model-package/{group.name}/{version}"),
            parent=group.arn,
        )
        if row.document["ModelPackageVersion"] == version:
            resources.save(tx, group, {}, now=call.now, facts={"last_version": version}, touch=False)
    return row


def _completed(request: JsonDict) -> JsonDict:
    return {
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": request.get("CertifyForMarketplace", False),
    }


def _described(row: Row) -> JsonDict:
    """A package as it is answered. A version has no name of its own: its ARN stands there, which names it everywhere.

    SDK 3 describes and updates a version by the ModelPackageName of an earlier answer.
    """
    return {**row.document, "ModelPackageName": row.document.get("ModelPackageName") or row.arn}
