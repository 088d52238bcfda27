"""Model package groups: the registry's shelves, one for each model that is versioned."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

MODEL_PACKAGE_GROUP = Noun(
    "ModelPackageGroup",
    name="ModelPackageGroupName",
    arn="model-package-group/{name}",
    plural="ModelPackageGroupSummaryList",
    missing=("ValidationException", "ModelPackageGroup {arn} does not exist."),
    taken=("ValidationException", "Model Package Group already exists: {arn}"),
)
describe_model_package_group, list_model_package_groups = MODEL_PACKAGE_GROUP.crud("describe list")


def create_model_package_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a shelf for versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html

    Errors: ValidationException "already exists".
    """
    row = MODEL_PACKAGE_GROUP.create(call, request, status="Completed")
    return {"ModelPackageGroupArn": row.arn}


def delete_model_package_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete an empty group. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroup.html

    Errors: ConflictException while it holds versions.
    """
    with call.write() as tx:
        group = MODEL_PACKAGE_GROUP.get(call, request["ModelPackageGroupName"])
        held = tx.one(
            sa.select(table.c.arn).where(table.c.kind == "ModelPackage", table.c.parent == group.arn).limit(1)
        )
        if held is not None:
            raise AwsError(
                "ConflictException",
                f"Model Package Group cannot be deleted because it still contains Model Packages: {group.arn}",
            )
        MODEL_PACKAGE_GROUP.remove(call, group)
    return {}


def put_model_package_group_policy(call: Call, request: JsonDict) -> JsonDict:
    """Store a group's resource policy. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html"""
    with call.write() as tx:
        group = MODEL_PACKAGE_GROUP.get(call, request["ModelPackageGroupName"])
        resources.save(tx, group, {}, now=call.now, facts={"policy": request["ResourcePolicy"]})
    return {"ModelPackageGroupArn": group.arn}


def get_model_package_group_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer a group's resource policy. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_GetModelPackageGroupPolicy.html"""
    group = MODEL_PACKAGE_GROUP.get(call, request["ModelPackageGroupName"])
    policy = group.facts.get("policy")
    if not policy:
        raise AwsError("ValidationException", f"Cannot find resource policy for: {group.arn}.")
    return {"ResourcePolicy": policy}


def delete_model_package_group_policy(call: Call, request: JsonDict) -> JsonDict:
    """Forget a group's resource policy. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroupPolicy.html"""
    with call.write() as tx:
        group = MODEL_PACKAGE_GROUP.get(call, request["ModelPackageGroupName"])
        resources.save(tx, group, {}, now=call.now, facts={"policy": None})
    return {}
