"""The templates of our own projects, as data: what each makes, and that all say the same of what they share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ormer
from ormer.engines.stacks.language import templates as language
from ormer.stores import products

JsonDict = dict[str, Any]
FLAGSHIP = "model-building-training-deployment-and-monitoring"
ROLE_PREFIX = "AmazonSageMakerProjects"
# The longest that CreateProject gives to the parameters.
NAME, ID = "n" * 32, "p-" + "x" * 12
GROUP = "${SageMakerProjectName}-${SageMakerProjectId}"
LENGTHS = {
    "AWS::CodeBuild::Project": ("Name", 255),
    "AWS::CodePipeline::Pipeline": ("Name", 100),
    "AWS::CodeCommit::Repository": ("RepositoryName", 100),
    "AWS::Events::Rule": ("Name", 64),
    "AWS::SageMaker::CodeRepository": ("CodeRepositoryName", 63),
    "AWS::S3::Bucket": ("BucketName", 63),
}
DELIVERIES = {
    "ModelBuildPipeline": {
        "Source": ["ModelBuildWorkflowCode"],
        "Build": ["BuildAndExecuteSageMakerPipeline"],
    },
    "ModelDeployPipeline": {
        "Source": ["ModelDeployInfraCode"],
        "Build": ["BuildDeploymentTemplates"],
        "DeployStaging": ["DeployResourcesStaging", "TestStaging", "ApproveDeployment"],
        "DeployProd": ["DeployResourcesProd"],
    },
    "ModelMonitorPipeline": {
        "Source": ["ModelMonitorInfraCode"],
        "Build": ["GetBaselinesAndConfigs"],
        "DeployStaging": ["DeployMonitorsStaging", "ApproveMonitorsProdDeployment"],
        "DeployProd": ["DeployMonitorsProd"],
    },
}
PROJECT_VARIABLES = {"SAGEMAKER_PROJECT_NAME", "SAGEMAKER_PROJECT_ID", "SAGEMAKER_PROJECT_ARN", "AWS_REGION"}
EXPORTS = {"EXPORT_TEMPLATE_NAME", "EXPORT_TEMPLATE_STAGING_CONFIG", "EXPORT_TEMPLATE_PROD_CONFIG"}
# What public repositories of all the template's generations read in their builds.
VARIABLES = {
    "ModelBuildProject": {"ARTIFACT_BUCKET", "SAGEMAKER_PIPELINE_NAME", "SAGEMAKER_PIPELINE_ROLE_ARN"},
    "ModelDeployBuildProject": {
        "ARTIFACT_BUCKET",
        "MODEL_EXECUTION_ROLE_ARN",
        "SOURCE_MODEL_PACKAGE_GROUP_NAME",
        *EXPORTS,
    },
    "ModelDeployTestProject": {"BUILD_CONFIG", "EXPORT_TEST_RESULTS"},
    "ModelMonitorBuildProject": {"ARTIFACT_BUCKET", "MODEL_MONITOR_ROLE_ARN", "MONITOR_OUTPUTS_BUCKET", *EXPORTS},
}
RULES = {
    "ModelBuildCodeCommitEventRule": "ModelBuildPipeline",
    "ModelDeployCodeCommitEventRule": "ModelDeployPipeline",
    "ModelMonitorCodeCommitEventRule": "ModelMonitorPipeline",
    "ModelDeploySageMakerEventRule": "ModelDeployPipeline",
    "InServiceEndpointEventRule": "ModelMonitorPipeline",
}


def ours() -> list[products.Product]:
    """The templates that come with ormer; tests have one more."""
    root = Path(ormer.__file__).parent
    return [product for product in products.products() if product.path.is_relative_to(root)]


def documents() -> dict[str, JsonDict]:
    return {product.id: product.document for product in ours()}


def test_there_are_four_in_the_order_in_which_people_need_them() -> None:
    assert list(documents()) == [
        FLAGSHIP,
        "model-building-training-and-deployment",
        "model-building-and-training",
        "model-deployment",
    ]
    for product in ours():
        assert product.description and product.title


@pytest.mark.parametrize("product", ours(), ids=lambda product: product.id)
def test_cloudformation_can_read_it(product: products.Product) -> None:
    parsed = language.parse(product.path.read_text())
    assert {"SageMakerProjectName", "SageMakerProjectId"} <= set(parsed.parameters)


@pytest.mark.parametrize("name", sorted(documents()))
def test_its_repositories_begin_with_seeds_that_are_there(name: str) -> None:
    document = documents()[name]
    keys = [
        resource["Properties"]["Code"]["S3"]["Key"]
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::CodeCommit::Repository"
    ]
    said = [repository["Seed"] for repository in document["Metadata"]["ormer"]["Repositories"]]
    assert keys == [f"ormer/{seed}.zip" for seed in said]
    for seed in said:
        assert any((folder / seed).is_dir() for folder in products.folders("seeds")), seed


@pytest.mark.parametrize("name", sorted(documents()))
def test_it_says_the_same_as_the_flagship_of_what_both_make(name: str) -> None:
    whole, part = documents()[FLAGSHIP], documents()[name]
    for logical_id, resource in part["Resources"].items():
        told = json.dumps(resource).replace("SourceModelPackageGroupName", GROUP)
        assert told == json.dumps(whole["Resources"][logical_id]), logical_id


@pytest.mark.parametrize("name", sorted(documents()))
def test_names_stay_within_limits_for_the_longest_project(name: str) -> None:
    for logical_id, resource in documents()[name]["Resources"].items():
        member, most = LENGTHS[resource["Type"]]
        text = resource["Properties"][member]
        made = text.replace("${SageMakerProjectName}", NAME).replace("${SageMakerProjectId}", ID)
        assert len(made) <= most, logical_id
        for target in resource["Properties"].get("Targets", ()):
            assert len(target["Id"]) <= 64, logical_id


def test_the_flagship_has_three_deliveries_and_five_rules() -> None:
    resources = documents()[FLAGSHIP]["Resources"]
    found = {
        logical_id: {stage["Name"]: [action["Name"] for action in stage["Actions"]] for stage in stages(resource)}
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::CodePipeline::Pipeline"
    }
    assert found == DELIVERIES
    rules = {
        logical_id: resource["Properties"]["Targets"][0]["Arn"].rpartition("${")[2].rstrip("}")
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
    }
    assert rules == RULES


def test_builds_are_told_what_public_repositories_read() -> None:
    told = {
        logical_id: {variable["Name"] for variable in resource["Properties"]["Environment"]["EnvironmentVariables"]}
        for logical_id, resource in documents()[FLAGSHIP]["Resources"].items()
        if resource["Type"] == "AWS::CodeBuild::Project"
    }
    assert told == {name: PROJECT_VARIABLES | variables for name, variables in VARIABLES.items()}


def test_no_source_polls_and_every_role_is_one_that_projects_have() -> None:
    text = json.dumps(documents()[FLAGSHIP])
    assert text.count('"PollForSourceChanges": false') == 3
    assert text.count(":role/service-role/") == text.count(f":role/service-role/{ROLE_PREFIX}")


def stages(pipeline: JsonDict) -> list[JsonDict]:
    found: list[JsonDict] = pipeline["Properties"]["Stages"]
    return found
