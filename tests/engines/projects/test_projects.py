"""What belongs to a project, and what a project's engine makes of what happens to its stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.engines.housekeeping import scan
from ormer.stores import products, projects, resources, tasks
from ormer.stores.projects import Belongings

from .conftest import ACCOUNT, Bench

ROLE = f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole"


def belongings(bench: Bench, name: str) -> Belongings:
    with bench.house.stores.database.read() as tx:
        return projects.belongings(tx, bench.row(name))


def names(rows: list[Any]) -> list[str]:
    return [row.name for row in rows]


def test_what_a_template_and_its_code_make_belongs_to_the_project(bench: Bench) -> None:
    other = bench.create("other")
    project = bench.create("churn")
    identifier = project.document["ProjectId"]
    own, full = f"churn-{identifier}", f"sagemaker-churn-{identifier}"
    by_tag = [{"Key": projects.NAME_TAG, "Value": "churn"}, {"Key": projects.ID_TAG, "Value": identifier}]
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
    for name, tags in ((own, []), ("tagged", by_tag), ("somebody-elses", [])):
        bench(
            "CreatePipeline",
            PipelineName=name,
            PipelineDefinition=definition,
            RoleArn=ROLE,
            Tags=tags,
            ClientRequestToken="t" * 32 + name,
        )
    bench("CreateModelPackageGroup", ModelPackageGroupName=own)
    bench("CreateExperiment", ExperimentName=own)
    execution = bench("StartPipelineExecution", PipelineName=own, ClientRequestToken="s" * 32)["PipelineExecutionArn"]
    found = belongings(bench, "churn")
    assert names(found.repositories) == [full] and names(found.delivery_pipelines) == [full]
    assert names(found.code_repositories) == [own]
    assert names(found.rules) == [f"{full}-code"]
    assert sorted(names(found.pipelines)) == sorted([own, "tagged"])
    assert [row.arn for row in found.executions] == [execution]
    assert names(found.experiments) == [own] and names(found.model_groups) == [own]
    assert [row.document["StackName"] for row in found.stacks] == [f"SC-{ACCOUNT}-pp-{identifier[2:]}"]
    assert "AWS::S3::Bucket" in [one.type for one in found.resources]
    others = belongings(bench, "other")
    assert names(others.repositories) == [f"sagemaker-other-{other.document['ProjectId']}"] and others.pipelines == []


def test_a_project_of_the_same_name_inherits_nothing(bench: Bench) -> None:
    first = bench.create("churn")
    own = [{"Key": projects.NAME_TAG, "Value": "churn"}, {"Key": projects.ID_TAG, "Value": first.document["ProjectId"]}]
    bench("CreateModelPackageGroup", ModelPackageGroupName="old", Tags=own)
    bench("CreateModelPackageGroup", ModelPackageGroupName="older", Tags=own[:1])
    bench("DeleteProject", ProjectName="churn")
    bench.ended("churn")
    assert names(belongings(bench, "churn").model_groups) == ["old", "older"]
    bench.create("churn")
    assert names(belongings(bench, "churn").model_groups) == ["older"]


def test_an_update_of_one_parameter_keeps_the_others(bench: Bench) -> None:
    bench.create("churn", Branch="trunk", Steps="1")
    details = {"ProvisioningParameters": [{"Key": "Steps", "Value": "3"}]}
    bench("UpdateProject", ProjectName="churn", ServiceCatalogProvisioningUpdateDetails=details)
    updated = bench.ended("churn")
    assert updated["ProjectStatus"] == "UpdateCompleted"
    given = updated["ServiceCatalogProvisioningDetails"]["ProvisioningParameters"]
    assert {pair["Key"]: pair["Value"] for pair in given} == {"Branch": "trunk", "Steps": "3"}


def test_people_need_no_leave_but_the_projects(bench: Bench) -> None:
    """A built-in template is launched by its own role; who may not make projects may not by this way either."""
    bench.api("iam", "CreateUser", {"UserName": "ada"})
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]}
    policy = {"UserName": "ada", "PolicyName": "own", "PolicyDocument": json.dumps(document)}
    bench.api("iam", "PutUserPolicy", policy)
    tiny = products.find("tiny")
    assert tiny is not None
    made = {"ProjectName": "churn", "ServiceCatalogProvisioningDetails": {"ProductId": tiny.product_id}}
    for name, allowed in (("ada", True), ("bob", False)):
        identity = Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/{name}", "user", name)
        api = bench.house.port.acting_as(identity, "us-east-1")
        if allowed:
            api("sagemaker", "CreateProject", made)
            continue
        with pytest.raises(AwsError, match="not authorized to perform: sagemaker:CreateProject"):
            api("sagemaker", "CreateProject", {**made, "ProjectName": "other"})
    assert bench.ended("churn")["ProjectStatus"] == "CreateCompleted"
    assert bench.row("churn").document["CreatedBy"]["IamIdentity"]["Arn"].endswith("user/ada")


def test_a_project_under_way_is_left_alone(bench: Bench) -> None:
    bench.worker.stop()
    bench.begin("churn")
    for operation in ("UpdateProject", "DeleteProject"):
        with pytest.raises(AwsError, match="wait until that has ended") as error:
            bench(operation, ProjectName="churn")
        assert error.value.code == "ConflictException"


def test_a_project_whose_stack_was_deleted_meanwhile_can_be_deleted(bench: Bench) -> None:
    row = bench.create("churn")
    bench.api("cloudformation", "DeleteStack", {"StackName": row.facts["stack"]})
    bench("DeleteProject", ProjectName="churn")
    assert bench.ended("churn")["ProjectStatus"] == "DeleteCompleted"


def test_what_cannot_be_deleted_is_named_and_tried_again(bench: Bench) -> None:
    row = bench.create("churn")
    stack = row.facts["stack"]
    bench.api(
        "cloudformation", "UpdateTerminationProtection", {"StackName": stack, "EnableTerminationProtection": True}
    )
    with pytest.raises(AwsError, match="TerminationProtection"):
        bench("DeleteProject", ProjectName="churn")
    assert bench.row("churn").status == "CreateCompleted"
    asked = {"StackName": stack, "EnableTerminationProtection": False}
    bench.api("cloudformation", "UpdateTerminationProtection", asked)
    bench("DeleteProject", ProjectName="churn")
    assert bench.ended("churn")["ProjectStatus"] == "DeleteCompleted"


def test_a_project_without_its_task_is_found(bench: Bench) -> None:
    """What housekeeping promises of every kind that moves by itself."""
    bench.worker.stop()
    bench.begin("churn")
    stores = bench.house.stores
    with stores.database.write() as tx:
        tx.execute(tasks.tasks.delete().where(tasks.tasks.c.kind == "project"))
    assert scan(stores) == 1


def test_the_seed_bucket_is_brought_up_to_date(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A release that brings other templates brings them to homes that are there."""
    stores = bench.house.stores
    bucket, key = "sagemaker-servicecatalog-seedcode-us-east-1", "ormer/tiny.zip"
    first = stores.objects.get(bucket, key)
    data = stores.objects.get(bucket, "dataset/abalone-dataset.csv")
    stores.objects.replant()
    assert stores.objects.get(bucket, key).etag == first.etag
    newer = tmp_path / "newer" / "seeds" / "tiny"
    newer.mkdir(parents=True)
    (newer / "README.md").write_text("other words")
    monkeypatch.setattr(products.templates, "__path__", [*products.templates.__path__, str(tmp_path / "newer")])
    stores.objects.replant()
    assert stores.objects.get(bucket, key).etag != first.etag
    assert stores.objects.get(bucket, "dataset/abalone-dataset.csv").modified == data.modified


def test_older_homes_get_the_roles_of_projects(bench: Bench) -> None:
    stores = bench.house.stores
    role = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerProjectsCodeBuildRole"
    with stores.database.write() as tx:
        resources.delete(tx, role)
    bench.close()
    from .conftest import bench_in

    again = bench_in(stores.home, started=False)
    found = again.api("iam", "GetRole", {"RoleName": "AmazonSageMakerProjectsCodeBuildRole"})["Role"]
    assert found["Arn"] == role
    statement = json.loads(json.dumps(found["AssumeRolePolicyDocument"]))
    assert "codebuild.amazonaws.com" in str(statement)
    again.house.stores.close()
