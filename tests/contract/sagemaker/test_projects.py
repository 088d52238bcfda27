"""Projects: made of a template, followed until they stand, changed, and deleted with what their template made."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Description: A log group and a bucket that stays.
Parameters:
  SageMakerProjectName: {Type: String}
  SageMakerProjectId: {Type: String}
  Owner: {Type: String, Default: nobody, AllowedPattern: "[a-z]+"}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub "/projects/${SageMakerProjectName}/${Owner}"
  Kept:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties: {BucketName: !Sub "kept-${SageMakerProjectId}"}
"""
BROKEN = """
Resources:
  Fine: {Type: "AWS::Logs::LogGroup"}
  Model:
    Type: AWS::SageMaker::Model
    DependsOn: Fine
    Properties:
      Containers: [{ModelPackageName: "arn:aws:sagemaker:us-east-1:123456789012:model-package/none/1"}]
"""


@pytest.fixture
def template(s3: Any, unique: Any) -> Any:
    """`template(text)` puts a template into S3 and returns what CreateProject takes of it."""

    def put(text: str = TEMPLATE, **more: Any) -> list[dict[str, Any]]:
        bucket = unique("templates")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="my template.yaml", Body=text.encode())
        url = f"https://s3.us-east-1.amazonaws.com/{bucket}/my%20template.yaml"
        return [{"CfnTemplateProvider": {"TemplateName": "mine", "TemplateURL": url, **more}}]

    return put


def groups(server: Any, name: str) -> dict[str, dict[str, str]]:
    """{log group: tags} of a project."""
    logs = server.client("logs")
    found = logs.describe_log_groups(logGroupNamePrefix=f"/projects/{name}/")["logGroups"]
    return {one["logGroupName"]: logs.list_tags_for_resource(resourceArn=one["logGroupArn"])["tags"] for one in found}


def test_a_project_of_ones_own_template_stands_with_its_tags_on_all_it_made(
    sagemaker, shared_server, template, settled, unique
):
    name = unique("p")
    tags = [{"Key": "team", "Value": "abalone"}]
    made = sagemaker.create_project(ProjectName=name, ProjectDescription="one", TemplateProviders=template(), Tags=tags)
    identifier = made["ProjectId"]
    assert identifier.startswith("p-") and len(identifier) == 14
    project = settled(name)
    assert (project["ProjectStatus"], project["ProjectDescription"]) == ("CreateCompleted", "one")
    detail = project["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    assert detail["StackDetail"]["Name"] == f"sagemaker-project-{identifier}-mine"
    wanted = {"team": "abalone", "sagemaker:project-name": name, "sagemaker:project-id": identifier}
    (of_group,) = groups(shared_server, name).values()
    assert wanted.items() <= of_group.items()
    assert sagemaker.list_tags(ResourceArn=made["ProjectArn"])["Tags"] == tags


def test_projects_are_listed_by_name_and_by_age(sagemaker, template, settled, unique):
    part = unique("listed")[:20]
    for ending in ("b", "a"):
        sagemaker.create_project(ProjectName=f"{part}-{ending}", TemplateProviders=template())
        settled(f"{part}-{ending}")

    def listed(**how: Any) -> list[str]:
        found = sagemaker.list_projects(NameContains=part, **how)["ProjectSummaryList"]
        return [one["ProjectName"][-1] for one in found]

    assert listed(SortBy="Name", SortOrder="Ascending") == ["a", "b"]
    assert listed() == ["a", "b"]
    assert listed(SortOrder="Ascending") == ["b", "a"]
    first = sagemaker.list_projects(NameContains=part, MaxResults=1)
    second = sagemaker.list_projects(NameContains=part, MaxResults=1, NextToken=first["NextToken"])
    assert [page["ProjectSummaryList"][0]["ProjectName"][-1] for page in (first, second)] == ["a", "b"]
    assert "NextToken" not in second


def test_an_update_changes_the_stack(sagemaker, shared_server, template, settled, unique):
    name = unique("p")
    sagemaker.create_project(ProjectName=name, TemplateProviders=template())
    settled(name)
    provider = template(Parameters=[{"Key": "Owner", "Value": "somebody"}])
    sagemaker.update_project(
        ProjectName=name,
        ProjectDescription="changed",
        TemplateProvidersToUpdate=provider,
        Tags=[{"Key": "team", "Value": "x"}],
    )
    project = settled(name)
    assert (project["ProjectStatus"], project["ProjectDescription"]) == ("UpdateCompleted", "changed")
    (group,) = groups(shared_server, name)
    assert group == f"/projects/{name}/somebody"
    # The same once more changes nothing, and is well.
    sagemaker.update_project(ProjectName=name, TemplateProvidersToUpdate=provider)
    assert settled(name)["ProjectStatus"] == "UpdateCompleted"


def test_a_deleted_project_takes_its_stack_along_and_says_what_stays(
    sagemaker, shared_server, s3, template, settled, unique
):
    name = unique("p")
    identifier = sagemaker.create_project(ProjectName=name, TemplateProviders=template())["ProjectId"]
    settled(name)
    sagemaker.delete_project(ProjectName=name)
    project = settled(name)
    assert project["ProjectStatus"] == "DeleteCompleted"
    detail = project["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    assert f"keeps: AWS::S3::Bucket kept-{identifier}" in detail["StackDetail"]["StatusMessage"]
    assert groups(shared_server, name) == {}
    assert s3.head_bucket(Bucket=f"kept-{identifier}")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.delete_project(ProjectName=name)
    # The name is free again.
    again = sagemaker.create_project(ProjectName=name, TemplateProviders=template())["ProjectId"]
    assert again != identifier and settled(name)["ProjectStatus"] == "CreateCompleted"


def test_a_project_whose_stack_fails_says_why(sagemaker, template, settled, unique):
    name = unique("p")
    sagemaker.create_project(ProjectName=name, TemplateProviders=template(BROKEN))
    project = settled(name)
    assert project["ProjectStatus"] == "CreateFailed"
    detail = project["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]
    assert "ROLLBACK_COMPLETE. Model: " in detail["StatusMessage"]
    sagemaker.delete_project(ProjectName=name)
    assert settled(name)["ProjectStatus"] == "DeleteCompleted"


BAD = {
    "broken YAML": ("Resources:\n  A: {Type: [\n", "line 3"),
    "no template": ("just: words", "Invalid template property"),
    "circular": (
        "Resources:\n  A: {Type: 'AWS::Logs::LogGroup', DependsOn: B}\n"
        "  B: {Type: 'AWS::Logs::LogGroup', DependsOn: A}",
        "[Cc]ircular",
    ),
    "missing parameter": (
        "Parameters: {Given: {Type: String}}\nResources: {A: {Type: 'AWS::Logs::LogGroup'}}",
        r"Parameters: \[Given\] must have values",
    ),
    "bad pattern": (
        "Parameters: {Given: {Type: String, Default: x1, AllowedPattern: '[a-z]+'}}\n"
        "Resources: {A: {Type: 'AWS::Logs::LogGroup'}}",
        "Given",
    ),
    "an instance": ("Resources: {Host: {Type: 'AWS::EC2::Instance'}}", "does not make these yet: AWS::EC2::Instance"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_template_that_cannot_be_is_refused_before_anything_is_made(sagemaker, template, unique, case):
    text, words = BAD[case]
    name = unique("p")
    with pytest.raises(ClientError, match=words) as error:
        sagemaker.create_project(ProjectName=name, TemplateProviders=template(text))
    assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_project(ProjectName=name)


def test_requests_that_cannot_be_are_refused(sagemaker, template, settled, unique):
    name = unique("p")
    given = template()
    sagemaker.create_project(ProjectName=name, TemplateProviders=given)
    settled(name)
    product = {"ProductId": "prod-nobody"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"ProjectName": name, "TemplateProviders": given}, "must be unique"),
        ({"ProjectName": unique("p")}, "exactly one of"),
        ({"ProjectName": unique("p"), "ServiceCatalogProvisioningDetails": product}, "prod-nobody does not exist"),
        (
            {
                "ProjectName": unique("p"),
                "TemplateProviders": template(RoleARN="arn:aws:iam::123456789012:role/nobody"),
            },
            "role/nobody is invalid",
        ),
        (
            {"ProjectName": unique("p"), "TemplateProviders": template(Parameters=[{"Key": "Nope", "Value": "1"}])},
            "Nope",
        ),
    ]
    for request, words in cases:
        with pytest.raises(ClientError, match=words) as error:
            sagemaker.create_project(**request)
        assert error.value.response["Error"]["Code"] == "ValidationException"
    details = {"ProvisioningParameters": [{"Key": "a", "Value": "b"}]}
    with pytest.raises(ClientError, match="TemplateProvidersToUpdate"):
        sagemaker.update_project(ProjectName=name, ServiceCatalogProvisioningUpdateDetails=details)


def test_a_project_names_a_domain_whose_role_its_models_can_run_as(sagemaker, template, settled, unique):
    name = unique("p")
    sagemaker.create_project(ProjectName=name, TemplateProviders=template())
    domain = settled(name)["CreatedBy"]["DomainId"]
    role = sagemaker.describe_domain(DomainId=domain)["DefaultUserSettings"]["ExecutionRole"]
    assert role.endswith("role/service-role/AmazonSageMakerServiceCatalogProductsUseRole")
    second = unique("p")
    sagemaker.create_project(ProjectName=second, TemplateProviders=template())
    assert settled(second)["CreatedBy"]["DomainId"] == domain
