"""AWS::SageMaker::ModelPackage: a version in a group, whose approval and own metadata change in place."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick, without
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, shown

JsonDict = dict[str, Any]
CHANGEABLE = ("ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties")
ADDED = "AdditionalInferenceSpecificationsToAdd"
ANSWERED = ("CreationTime", "ModelPackageName", "ModelPackageStatus", "ModelPackageVersion")
# What only describes it: AWS lists these among the properties though nobody sets them.
READ_ONLY = ("ModelPackageStatusDetails", "ModelPackageVersion", "LastModifiedTime")


def _create(site: Site, properties: JsonDict) -> Made:
    request = without(properties, ADDED, "ApprovalDescription", *READ_ONLY)
    named = "ModelPackageGroupName" in request
    # A version takes its tags from its group; only a package of its own has some.
    tags = {"Tags": site.tags} if site.tags and not named else {}
    arn = str(site.make(SERVICE, "CreateModelPackage", request, **tags)["ModelPackageArn"])
    answer = site.call(SERVICE, "DescribeModelPackage", {"ModelPackageName": arn})
    return Made(arn, {"ModelPackageArn": arn, **shown(answer, ANSWERED)}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = pick(properties, (*CHANGEABLE, ADDED))
    site.make(SERVICE, "UpdateModelPackage", {"ModelPackageArn": held.arn, **change})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteModelPackage", {"ModelPackageName": held.arn})


REPLACING = words(
    "ModelPackageGroupName ModelPackageDescription InferenceSpecification ValidationSpecification "
    "SourceAlgorithmSpecification MetadataProperties ModelMetrics ClientToken DriftCheckBaselines Domain Task "
    "SamplePayloadUrl SecurityConfig ModelCard SourceUri"
)
TYPE = ResourceType(
    "AWS::SageMaker::ModelPackage",
    _create,
    _delete,
    REPLACING
    | words(
        "AdditionalInferenceSpecifications CertifyForMarketplace ModelPackageName SkipModelValidation",
        *CHANGEABLE,
        ADDED,
        *READ_ONLY,
    ),
    _update,
    REPLACING,
    attributes=words("ModelPackageArn LastModifiedTime", *ANSWERED),
)
