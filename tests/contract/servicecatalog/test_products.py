"""The built-in templates as products: found, described, and made into projects."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.stores import products

TITLE = "Tiny template for tests"


def test_a_product_is_found_by_words_and_its_ids_are_the_same_everywhere(servicecatalog):
    (found,) = servicecatalog.search_products(Filters={"FullTextSearch": ["TINY tests"]})["ProductViewSummaries"]
    assert (found["Name"], found["Owner"]) == (TITLE, "Amazon SageMaker")
    assert found["ProductId"] == "prod-vevitofy37v5v"
    everything = servicecatalog.search_products(SortBy="Title")["ProductViewSummaries"]
    built_in = [one["Name"] for one in everything if one["Owner"] == "Amazon SageMaker"]
    assert built_in == sorted(one.title for one in products.products())
    first = servicecatalog.search_products(PageSize=1)
    if len(everything) > 1:
        second = servicecatalog.search_products(PageSize=1, PageToken=first["NextPageToken"])
        assert second["ProductViewSummaries"] != first["ProductViewSummaries"]
    by_admin = servicecatalog.search_products_as_admin(Filters={"FullTextSearch": [TITLE]})["ProductViewDetails"]
    assert [one["ProductViewSummary"] for one in by_admin] == [found]


def test_a_product_is_described_with_its_version_path_and_parameters(servicecatalog):
    product = servicecatalog.describe_product(Name=TITLE)
    identifier = product["ProductViewSummary"]["ProductId"]
    (artifact,) = product["ProvisioningArtifacts"]
    (path,) = product["LaunchPaths"]
    listed = servicecatalog.list_provisioning_artifacts(ProductId=identifier)["ProvisioningArtifactDetails"]
    assert [(one["Id"], one["Active"]) for one in listed] == [(artifact["Id"], True)]
    paths = servicecatalog.list_launch_paths(ProductId=identifier)["LaunchPathSummaries"]
    assert [one["Id"] for one in paths] == [path["Id"]]
    asked = {"ProductId": identifier, "ProvisioningArtifactId": artifact["Id"], "PathId": path["Id"]}
    told = servicecatalog.describe_provisioning_parameters(**asked)
    parameters = {one["ParameterKey"]: one for one in told["ProvisioningArtifactParameters"]}
    assert list(parameters) == ["SageMakerProjectName", "SageMakerProjectId", "Branch", "Steps"]
    assert parameters["Branch"]["DefaultValue"] == "main"
    assert parameters["Steps"]["ParameterConstraints"] == {"MinValue": "1", "AllowedValues": ["1", "3"]}
    assert told["ProvisioningArtifactOutputKeys"] == [{"Key": "Bucket", "Description": "Where artifacts lie"}]
    version = servicecatalog.describe_provisioning_artifact(
        ProductName=TITLE, ProvisioningArtifactName="v1.0", IncludeProvisioningArtifactParameters=True
    )
    assert version["ProvisioningArtifactDetail"]["Id"] == artifact["Id"]
    assert len(version["ProvisioningArtifactParameters"]) == 4
    by_admin = servicecatalog.describe_product_as_admin(Id=identifier)
    assert by_admin["ProductViewDetail"]["Status"] == "AVAILABLE"


def test_what_is_not_there_is_not_found(servicecatalog):
    calls: list[tuple[str, dict[str, Any]]] = [
        ("describe_product", {"Id": "prod-nobody"}),
        ("list_provisioning_artifacts", {"ProductId": "prod-nobody"}),
        ("describe_provisioning_parameters", {"ProductName": TITLE, "ProvisioningArtifactId": "pa-nobody"}),
        ("describe_provisioned_product", {"Id": "pp-nobody"}),
    ]
    for operation, request in calls:
        with pytest.raises(ClientError) as error:
            getattr(servicecatalog, operation)(**request)
        assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_project_is_made_of_a_product_found_by_its_name(servicecatalog, sagemaker, settled, unique):
    """The way the SDK's documentation does it."""
    found = servicecatalog.search_products()["ProductViewSummaries"]
    product = next(one["ProductId"] for one in found if one["Name"] == TITLE)
    artifacts = servicecatalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    newest = sorted(artifacts, key=lambda one: one["CreatedTime"])[-1]["Id"]
    name = unique("tiny")
    identifier = sagemaker.create_project(
        ProjectName=name,
        ServiceCatalogProvisioningDetails={
            "ProductId": product,
            "ProvisioningArtifactId": newest,
            "ProvisioningParameters": [{"Key": "Branch", "Value": "trunk"}],
        },
    )["ProjectId"]
    project = settled(name)
    assert project["ProjectStatus"] == "CreateCompleted", project
    assert project["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"] == newest
    provisioned = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    assert provisioned == f"pp-{identifier.removeprefix('p-')}"
    described = servicecatalog.describe_provisioned_product(Id=provisioned)["ProvisionedProductDetail"]
    assert (described["Status"], described["ProductId"]) == ("AVAILABLE", product)
    query = {"SearchQuery": [f"id:{provisioned}"]}
    (listed,) = servicecatalog.search_provisioned_products(Filters=query)["ProvisionedProducts"]
    assert listed["ProductName"] == TITLE


def test_a_product_that_was_made_into_a_project_starts_its_delivery_once(
    shared_server, sagemaker, servicecatalog, settled, unique
):
    name = unique("tiny")
    details = {"ProductId": servicecatalog.describe_product(Name=TITLE)["ProductViewSummary"]["ProductId"]}
    identifier = sagemaker.create_project(ProjectName=name, ServiceCatalogProvisioningDetails=details)["ProjectId"]
    assert settled(name)["ProjectStatus"] == "CreateCompleted"
    codecommit, codepipeline = shared_server.client("codecommit"), shared_server.client("codepipeline")
    own = f"sagemaker-{name}-{identifier}"
    executable = codecommit.get_file(repositoryName=own, filePath="deep/build.sh")
    assert executable["fileMode"] == "EXECUTABLE" and b"echo built" in executable["fileContent"]
    assert (
        sagemaker.describe_code_repository(CodeRepositoryName=f"{name}-{identifier}")["GitConfig"]["Branch"] == "main"
    )

    def executions() -> list[dict[str, Any]]:
        found = codepipeline.list_pipeline_executions(pipelineName=own)["pipelineExecutionSummaries"]
        return [{"status": one["status"], "trigger": one["trigger"]["triggerType"]} for one in found]

    _quiet(shared_server)
    assert [one["trigger"] for one in executions()] == ["CreatePipeline"]
    commit = codecommit.get_branch(repositoryName=own, branchName="main")["branch"]["commitId"]
    codecommit.put_file(
        repositoryName=own, branchName="main", fileContent=b"x", filePath=uuid.uuid4().hex, parentCommitId=commit
    )
    deadline = time.monotonic() + 30
    while len(executions()) < 2:
        assert time.monotonic() < deadline, executions()
        time.sleep(0.05)
    _quiet(shared_server)
    assert [one["trigger"] for one in executions()] == ["CloudWatchEvent", "CreatePipeline"]


def _quiet(server: Any) -> None:
    """Wait until every event so far has been looked at and nothing is being done."""
    deadline = time.monotonic() + 60
    calm = 0
    while calm < 5:
        assert time.monotonic() < deadline, "it never came to rest"
        calm = calm + 1 if server.house.worker.idle() else 0
        time.sleep(0.1)


def test_switched_off_templates_are_refused_in_words(servicecatalog, sagemaker, server, unique):
    sagemaker, servicecatalog = server.client("sagemaker"), server.client("servicecatalog")
    assert sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
    product = servicecatalog.describe_product(Name=TITLE)["ProductViewSummary"]["ProductId"]
    sagemaker.disable_sagemaker_servicecatalog_portfolio()
    assert sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
    assert servicecatalog.search_products()["ProductViewSummaries"] == []
    with pytest.raises(ClientError, match="EnableSagemakerServicecatalogPortfolio can switch them on") as error:
        sagemaker.create_project(ProjectName="p", ServiceCatalogProvisioningDetails={"ProductId": product})
    assert error.value.response["Error"]["Code"] == "ValidationException"
    sagemaker.enable_sagemaker_servicecatalog_portfolio()
    assert sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
    assert servicecatalog.search_products()["ProductViewSummaries"]
