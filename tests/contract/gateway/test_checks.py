"""Validation in AWS's own words, and the tables that go with the models."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.checks import MATCH_ALL, Checker, java_pattern
from ormer.aws.errors import AwsError
from ormer.aws.fit import Fitter, MissingOutput
from ormer.aws.models import WIRES, WITH_OLDER_FORMS, Models, service_of_target, services_of_scope

ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def refused(models: Models, service: str, operation: str, params: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        Checker().check(models.operation(service, operation), params)
    return caught.value


def test_missing_members_are_all_named_and_counted(models: Models) -> None:
    error = refused(models, "sagemaker", "CreateModelPackageGroup", {})
    assert error.message == (
        "1 validation error detected: Value null at 'modelPackageGroupName' failed to satisfy constraint: "
        "Member must not be null"
    )
    many = refused(models, "sagemaker", "CreateTrainingJob", {})
    assert many.message.startswith("3 validation errors detected: ")
    assert many.message.count("Member must not be null") == 3


@pytest.mark.parametrize(
    ("service", "operation", "params", "text"),
    [
        (
            "sagemaker",
            "CreateModel",
            {"ModelName": "a b", "ExecutionRoleArn": ROLE},
            "Value 'a b' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
        ),
        (
            "sagemaker",
            "ListModels",
            {"MaxResults": 101},
            "Value '101' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
        ),
        (
            "sagemaker",
            "ListModels",
            {"MaxResults": 0},
            "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "sagemaker",
            "ListModels",
            {"SortOrder": "Up"},
            "Value 'Up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [",
        ),
        (
            "sagemaker",
            "DescribeModel",
            {"ModelName": ""},
            "Value '' at 'modelName' failed to satisfy constraint: ",
        ),
        (
            "sagemaker",
            "AddTags",
            {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/m", "Tags": [{"Key": "", "Value": "v"}]},
            "Value '' at 'tags.1.member.key' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "sagemaker",
            "CreateModel",
            {"ModelName": "m", "ExecutionRoleArn": ROLE, "VpcConfig": {"SecurityGroupIds": ["*"], "Subnets": ["s"]}},
            "Value '[*]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 32, ",
        ),
        (
            "sagemaker",
            "CreateModel",
            {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Environment": {"a b": "c"}}},
            "Value '{a b=c}' at 'primaryContainer.environment' failed to satisfy constraint: "
            "Map keys must satisfy constraint: [",
        ),
    ],
)
def test_each_constraint_has_awss_sentence(
    models: Models, service: str, operation: str, params: dict[str, Any], text: str
) -> None:
    assert text in refused(models, service, operation, params).message


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sagemaker", "DescribeModel", "ValidationException"),
        ("sts", "AssumeRole", "ValidationError"),
        ("iam", "GetRole", "ValidationError"),
        ("logs", "GetLogEvents", "InvalidParameterException"),
        ("sagemaker-runtime", "InvokeEndpoint", "ValidationError"),
    ],
)
def test_each_service_has_its_own_code(models: Models, service: str, operation: str, code: str) -> None:
    assert refused(models, service, operation, {}).code == code


@pytest.mark.parametrize(
    "params",
    [
        {"MaxResults": "10"},
        {"MaxResults": True},
        {"NameContains": 5},
        {"CreationTimeAfter": "yesterday"},
        {"SortOrder": {"a": 1}},
        {"NameContains": ["x"]},
    ],
)
def test_a_wrong_type_is_a_serialization_exception(models: Models, params: dict[str, Any]) -> None:
    assert refused(models, "sagemaker", "ListModels", params).code == "SerializationException"


def test_members_that_aws_does_not_know_are_ignored(models: Models) -> None:
    Checker().check(models.operation("sagemaker", "ListModels"), {"NotAMember": object(), "NextToken": None})


def test_what_is_secret_is_not_printed(models: Models) -> None:
    error = refused(models, "iam", "ChangePassword", {"OldPassword": "", "NewPassword": "hunter2" * 99})
    assert "hunter2" not in error.message
    assert "Value at 'newPassword' failed" in error.message


def test_a_pattern_that_runs_away_refuses_instead_of_hanging(models: Models) -> None:
    # A megabyte of definition must cost nothing, and the model's pattern for it backtracks.
    definition = "line with words\n" * 65_000
    params = {"PipelineName": "p", "ClientRequestToken": "t" * 32, "RoleArn": ROLE, "PipelineDefinition": definition}
    Checker().check(models.operation("sagemaker", "CreatePipeline"), params)


def test_every_pattern_of_every_service_compiles(models: Models) -> None:
    patterns = {
        pattern
        for service in WIRES
        for name in models.service(service).shape_names
        if (pattern := models.service(service).shape_for(name).metadata.get("pattern")) is not None
    }
    assert len(patterns) > 500
    for pattern in patterns - MATCH_ALL:
        java_pattern(pattern)


def test_the_table_of_wires_agrees_with_the_models(models: Models) -> None:
    for service, wire in WIRES.items():
        model = models.service(service)
        protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
        assert wire.scope == model.signing_name, service
        assert wire.host == model.endpoint_prefix, service
        assert wire.query == ("query" in protocols or service in WITH_OLDER_FORMS), service
        assert wire.ec2 == ("ec2" in protocols), service
        assert wire.rest == any(protocol.startswith("rest") for protocol in protocols), service
        if "json" in protocols:
            assert wire.target == model.metadata["targetPrefix"], service


def test_services_are_found_by_target_and_scope() -> None:
    assert service_of_target("SageMaker") == "sagemaker"
    dotted = "com.amazonaws.codeconnections.CodeConnections_20231201"
    assert service_of_target(dotted) == "codeconnections"
    assert service_of_target("Nobody") is None
    assert services_of_scope("monitoring") == ("cloudwatch",)
    assert "sagemaker-runtime" in services_of_scope("sagemaker")


def test_models_carry_no_documentation_and_keep_members_of_that_name(models: Models) -> None:
    model = models.service("lambda")
    assert model.documentation == ""
    assert all(not model.operation_model(name).documentation for name in model.operation_names)


def test_answers_are_cut_to_the_model_and_keep_what_it_knows(models: Models) -> None:
    operation = models.operation("sagemaker", "DescribeModelPackageGroup")
    stored = {
        "ModelPackageGroupName": "g",
        "ModelPackageGroupArn": "arn",
        "CreationTime": 1.5,
        "CreatedBy": {"UserProfileArn": "u", "Ours": 1},
        "ModelPackageGroupStatus": "Completed",
        "Ours": 2,
        "ModelPackageGroupDescription": None,
    }
    fitted = Fitter(strict=True).fit(operation, stored)
    assert fitted == {
        "ModelPackageGroupName": "g",
        "ModelPackageGroupArn": "arn",
        "CreationTime": 1.5,
        "CreatedBy": {"UserProfileArn": "u"},
        "ModelPackageGroupStatus": "Completed",
    }


def test_strict_fitting_names_a_required_member_that_is_missing(models: Models) -> None:
    operation = models.operation("sagemaker", "ListModels")
    with pytest.raises(MissingOutput, match="ListModels: ListModelsOutput lacks its required member Models"):
        Fitter(strict=True).fit(operation, {})
    assert Fitter().fit(operation, {}) == {}
