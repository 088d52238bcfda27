"""The model registry: groups, versions, approval, and who decided what when."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.stores import events

SPECIFICATION = {
    "Containers": [
        {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1", "ModelDataUrl": "s3://bucket/m.tar.gz"}
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.fixture
def group(sagemaker, unique) -> str:
    name = unique("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=name, ModelPackageGroupDescription="shelf")
    return name


def register(sagemaker: Any, group: str, **more: Any) -> str:
    made = sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION, **more)
    return made["ModelPackageArn"]


def test_versions_count_from_one_and_no_number_is_given_twice(sagemaker, group):
    arns = [register(sagemaker, group) for _ in range(3)]
    assert [arn.rsplit("/", 1)[1] for arn in arns] == ["1", "2", "3"]
    sagemaker.delete_model_package(ModelPackageName=arns[2])
    assert register(sagemaker, group).endswith("/4")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert [one["ModelPackageVersion"] for one in listed] == [4, 2, 1], "newest first unless asked otherwise"


def test_a_version_holds_what_was_registered(sagemaker, group):
    metric = {"ContentType": "application/json", "S3Uri": "s3://bucket/evaluation.json"}
    arn = register(
        sagemaker,
        group,
        ModelPackageDescription="first",
        ModelMetrics={"ModelQuality": {"Statistics": metric}},
        DriftCheckBaselines={"ModelDataQuality": {"Statistics": metric, "Constraints": metric}},
        CustomerMetadataProperties={"commit": "abc"},
        MetadataProperties={"CommitId": "abc", "GeneratedBy": "pipeline"},
    )
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"] == metric
    assert found["DriftCheckBaselines"]["ModelDataQuality"]["Constraints"] == metric
    assert found["CustomerMetadataProperties"] == {"commit": "abc"}
    assert found["MetadataProperties"]["CommitId"] == "abc"
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["ModelPackageStatus"] == "Completed"
    assert found["ModelPackageGroupName"] == group and found["ModelPackageVersion"] == 1
    again = sagemaker.describe_model_package(ModelPackageName=found["ModelPackageName"])
    assert again["ModelPackageArn"] == arn, "SDK 3 asks again by the name that it was told"
    assert found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == "s3://bucket/m.tar.gz"
    batch = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, arn[:-1] + "99"])
    assert batch["ModelPackageSummaries"][arn]["ModelApprovalStatus"] == "PendingManualApproval"
    assert "does not exist" in batch["BatchDescribeModelPackageErrorMap"][arn[:-1] + "99"]["ErrorResponse"]


def test_an_approval_leaves_who_when_and_why(shared_server, sagemaker, group, unique):
    iam = shared_server.client("iam")
    person = unique("ada")
    user = iam.create_user(UserName=person)["User"]["Arn"]
    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    iam.attach_user_policy(UserName=person, PolicyArn=policy)
    key = iam.create_access_key(UserName=person)["AccessKey"]
    ada = shared_server.client(
        "sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    arn = register(sagemaker, group)
    ada.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="MSE is fine")
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "MSE is fine")
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"] == user
    assert found["CreatedBy"]["IamIdentity"]["Arn"].endswith(":root")
    with shared_server.house.stores.database.read() as tx:
        last, first = events.about(tx, arn)
    assert last["actor"] == user and last["time"] >= first["time"]
    assert last["detail_type"] == "SageMaker Model Package State Change" and last["source"] == "aws.sagemaker"
    assert last["detail"]["ModelApprovalStatus"] == "Approved"
    assert last["detail"]["ModelPackageGroupName"] == group
    assert first["detail"]["ModelApprovalStatus"] == "PendingManualApproval"
    # The decision is lineage too: an action of type Approval on the version's artifact.
    (action,) = sagemaker.list_actions(SourceUri=arn, ActionType="Approval")["ActionSummaries"]
    told = sagemaker.describe_action(ActionName=action["ActionName"])
    assert told["Properties"] == {"ApprovalStatus": "Approved", "By": user}
    assert told["Description"] == "MSE is fine"


def test_a_comment_alone_is_no_event(shared_server, sagemaker, group):
    arn = register(sagemaker, group)
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"a": "1", "b": "2"},
        ModelApprovalStatus="PendingManualApproval",
    )
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["a"])
    assert sagemaker.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == {"b": "2"}
    with shared_server.house.stores.database.read() as tx:
        assert len(events.about(tx, arn)) == 1


def test_versions_are_listed_by_approval(sagemaker, group):
    arns = [register(sagemaker, group) for _ in range(3)]
    for arn, status in zip(arns, ("Approved", "Rejected", "Approved"), strict=True):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved", MaxResults=1)
    assert [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]] == [arns[2]]
    rest = sagemaker.list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", NextToken=listed["NextToken"]
    )
    assert [one["ModelPackageArn"] for one in rest["ModelPackageSummaryList"]] == [arns[0]]
    assert sagemaker.list_model_packages(ModelPackageGroupName=f"{group}-absent")["ModelPackageSummaryList"] == []


def test_a_package_of_its_own_has_a_name_and_no_version(sagemaker, unique):
    name = unique("alone")
    arn = sagemaker.create_model_package(ModelPackageName=name, InferenceSpecification=SPECIFICATION)["ModelPackageArn"]
    assert sagemaker.describe_model_package(ModelPackageName=name)["ModelPackageArn"] == arn
    assert arn in [
        one["ModelPackageArn"] for one in sagemaker.list_model_packages(NameContains=name)["ModelPackageSummaryList"]
    ]
    with pytest.raises(ClientError, match="ModelPackage already exists") as error:
        sagemaker.create_model_package(ModelPackageName=name, InferenceSpecification=SPECIFICATION)
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_groups_answer_mistakes_with_the_codes_and_texts_clients_branch_on(sagemaker, group, unique):
    missing = unique("missing")
    cases = (
        (
            lambda: sagemaker.create_model_package_group(ModelPackageGroupName=group),
            "ValidationException",
            "already exists",
        ),
        (
            lambda: sagemaker.describe_model_package_group(ModelPackageGroupName=missing),
            "ValidationException",
            "does not exist",
        ),
        (lambda: register(sagemaker, missing), "ValidationException", "does not exist"),
        (
            lambda: sagemaker.get_model_package_group_policy(ModelPackageGroupName=group),
            "ValidationException",
            "Cannot find resource policy",
        ),
        (
            lambda: sagemaker.create_model_package(
                ModelPackageName="a", ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION
            ),
            "ValidationException",
            "not both",
        ),
    )
    for ask, code, text in cases:
        with pytest.raises(ClientError, match=text) as error:
            ask()
        assert error.value.response["Error"]["Code"] == code


def test_a_group_is_deleted_when_it_is_empty(sagemaker, group):
    arn = register(sagemaker, group)
    with pytest.raises(sagemaker.exceptions.ConflictException, match="still contains"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName=group)


def test_groups_are_paged_and_keep_their_policy(sagemaker, unique):
    prefix = unique("pages")
    for number in range(3):
        sagemaker.create_model_package_group(ModelPackageGroupName=f"{prefix}-{number}")
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(
        NameContains=prefix, SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    found = [[one["ModelPackageGroupName"] for one in page["ModelPackageGroupSummaryList"]] for page in pages]
    assert found == [[f"{prefix}-0", f"{prefix}-1"], [f"{prefix}-2"]]
    policy = '{"Version":"2012-10-17","Statement":[]}'
    sagemaker.put_model_package_group_policy(ModelPackageGroupName=f"{prefix}-0", ResourcePolicy=policy)
    answered = sagemaker.get_model_package_group_policy(ModelPackageGroupName=f"{prefix}-0")
    assert answered["ResourcePolicy"] == policy
    sagemaker.delete_model_package_group_policy(ModelPackageGroupName=f"{prefix}-0")
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName=f"{prefix}-0")


def test_a_repeated_token_answers_the_same_version(sagemaker, group):
    token = "a-token-that-is-repeated-0123456789"
    arns = {register(sagemaker, group, ClientToken=token) for _ in range(2)}
    assert len(arns) == 1
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]) == 1


def test_tags_are_added_replaced_listed_and_removed(sagemaker, group):
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(3)])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k1", "Value": "new"}])
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    found = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    assert found == {"k0": "v", "k1": "new", "k2": "v"}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["k0", "k2"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k1", "Value": "new"}]
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"more{number}", "Value": "v"} for number in range(50)])
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.list_tags(ResourceArn=arn + "-no")


def test_a_version_of_a_package_or_a_model_takes_over_what_it_serves(sagemaker, group, unique):
    first = register(sagemaker, group)
    clone = sagemaker.create_model_package(ModelPackageGroupName=group, SourceUri=first)["ModelPackageArn"]
    found = sagemaker.describe_model_package(ModelPackageName=clone)
    assert (found["SourceUri"], found["InferenceSpecification"]) == (first, SPECIFICATION)
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    for containers in (
        {"PrimaryContainer": {"ModelPackageName": first}},
        {"Containers": [{"ModelPackageName": first}]},
    ):
        model = sagemaker.create_model(ModelName=unique("model"), ExecutionRoleArn=role, **containers)["ModelArn"]
        taken = sagemaker.create_model_package(ModelPackageGroupName=group, SourceUri=model)["ModelPackageArn"]
        found = sagemaker.describe_model_package(ModelPackageName=taken)
        assert found["InferenceSpecification"] == {"Containers": SPECIFICATION["Containers"]}
    elsewhere = sagemaker.create_model_package(ModelPackageGroupName=group, SourceUri="https://git.example/model")
    found = sagemaker.describe_model_package(ModelPackageName=elsewhere["ModelPackageArn"])
    assert "InferenceSpecification" not in found
    with pytest.raises(ClientError, match="leads to no model and to no model package") as error:
        sagemaker.create_model_package(ModelPackageGroupName=group, SourceUri=first + "9")
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_a_card_keeps_what_a_change_does_not_name(sagemaker, group):
    card = {"ModelCardContent": '{"model_overview": {"model_creator": "Ada"}}', "ModelCardStatus": "Draft"}
    arn = register(sagemaker, group, ModelCard=card)
    sagemaker.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardContent": "{}"})
    sagemaker.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "PendingReview"})
    found = sagemaker.describe_model_package(ModelPackageName=arn)["ModelCard"]
    assert found == {"ModelCardContent": "{}", "ModelCardStatus": "PendingReview"}
