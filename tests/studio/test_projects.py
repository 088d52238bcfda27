"""What pages ask of projects beyond AWS's wire: what belongs to one, how far its change is, what has happened."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ormer.aws.identities import root_identity
from ormer.stores import products

from ..conftest import Live
from .conftest import Visitor
from .story import until

JsonDict = dict[str, Any]
TINY = "Tiny template for tests"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


@pytest.fixture
def server(shared_server: Live) -> Live:
    """One server for all of these tests: each has a project of its own name."""
    return shared_server


def test_a_project_made_by_a_page_is_told_of_until_it_stands(server: Live, studio: Visitor) -> None:
    stream = studio.listen()
    made = create(studio, "early", Tags=[{"Key": "team", "Value": "growth"}])
    number, data = stream.until("change", type="Project Status Change", resources=str([made["ProjectArn"]]))
    assert data["source"] == "ormer" and int(number) > 0
    described = settled(studio, "early")
    stream.close()
    assert described["ProjectStatus"] == "CreateCompleted"
    names = {project["ProjectName"] for project in server.client("sagemaker").list_projects()["ProjectSummaryList"]}
    assert "early" in names


def test_what_belongs_to_a_project_is_one_question(studio: Visitor) -> None:
    made = create(studio, "own")
    settled(studio, "own")
    own = ask(studio, "project?name=own")
    name = f"sagemaker-own-{made['ProjectId']}"
    assert own["arn"] == made["ProjectArn"]
    assert [each["name"] for each in own["repositories"]] == [name]
    assert [each["name"] for each in own["deliveries"]] == [name]
    assert own["rules"][0]["Description"] == "Starts a delivery of 3 steps"
    assert {each["logicalId"] for each in own["resources"]} >= {"Repository", "Delivery", "Artifacts"}
    assert own["pipelines"] == own["executions"] == own["endpoints"] == []


def test_the_rail_follows_the_newest_commit(studio: Visitor) -> None:
    made = create(studio, "commits")
    settled(studio, "commits")
    name = f"sagemaker-commits-{made['ProjectId']}"
    commit(studio, name, "Use the newer prices")
    story = until(
        lambda: found if (found := ask(studio, "story?project=commits"))["title"] == "Use the newer prices" else None
    )
    stops = {stop["id"]: stop for stop in story["stops"]}
    assert list(stops) == ["commit", "data", "trained", "evaluated", "registered", "approved"]
    assert (stops["commit"]["state"], stops["commit"]["who"]) == ("done", "Ada")
    assert stops["commit"]["link"] == f"arn:aws:codepipeline:us-east-1:123456789012:{name}"
    waiting = until(lambda: found if (found := stop_of(studio, "commits", "data"))["state"] == "waiting" else None)
    assert (waiting["text"], waiting["asks"]["pipeline"], waiting["asks"]["stage"]) == ("Person", name, "Ask")
    assert stops["trained"]["state"] == stops["approved"]["state"] == "ahead"
    assert stops["commit"]["link"] in story["about"]


def test_the_rail_asks_for_the_decision_a_version_waits_for(server: Live, studio: Visitor) -> None:
    made = create(studio, "asks")
    settled(studio, "asks")
    arn = registered(server, f"asks-{made['ProjectId']}")
    approved = stop_of(studio, "asks", "approved")
    assert (approved["state"], approved["asks"]) == ("waiting", {"what": "version", "arn": arn})
    decided = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved", "ApprovalDescription": "good enough"}
    studio.call("sagemaker", "UpdateModelPackage", decided)
    approved = stop_of(studio, "asks", "approved")
    assert (approved["state"], approved["detail"]) == ("done", "good enough")
    assert approved["who"] == root_identity("123456789012").arn
    studio.call("sagemaker", "UpdateModelPackage", {**decided, "ModelApprovalStatus": "Rejected"})
    assert stop_of(studio, "asks", "approved")["state"] == "failed"


def test_a_step_that_decides_against_registering_is_said_so(server: Live, studio: Visitor) -> None:
    made = create(studio, "declines")
    settled(studio, "declines")
    registered(server, f"declines-{made['ProjectId']}", good=False)
    stop = until(lambda: found if (found := stop_of(studio, "declines", "registered"))["state"] == "skipped" else None)
    assert stop["text"] == "GoodEnough decided against it"
    assert stop_of(studio, "declines", "approved")["state"] == "ahead"


def test_what_has_happened_in_a_project_is_told_newest_first(server: Live, studio: Visitor) -> None:
    made = create(studio, "tells")
    settled(studio, "tells")
    arn = registered(server, f"tells-{made['ProjectId']}")
    studio.call("sagemaker", "UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Rejected"})
    happenings = ask(studio, "activity?project=tells")["happenings"]
    numbers = [each["id"] for each in happenings]
    assert numbers == sorted(numbers, reverse=True)
    # Its first delivery may begin before the decision or after it.
    decided = next(each for each in happenings if each["type"] == "SageMaker Model Package State Change")
    assert (decided["subject"], decided["status"]) == (arn, "Rejected")
    types = {each["type"] for each in happenings}
    assert {"Project Status Change", "CodeCommit Repository State Change"} <= types


def test_what_is_not_there_and_who_may_not_look_get_awss_errors(server: Live, visitor: Visitor) -> None:
    assert visitor.get("/studio/api/ormer/story?project=nowhere").status_code == 401
    user = server.client("iam").create_user(UserName="nobody")["User"]["Arn"]
    assert visitor.sign_in(user).status_code == 200
    for path in ("project?name=nowhere", "story?project=nowhere", "activity?project=nowhere"):
        refused = visitor.get(f"/studio/api/ormer/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "AccessDeniedException")
    visitor.sign_in()
    missing = visitor.get("/studio/api/ormer/story?project=nowhere").json()
    assert (missing["code"], missing["message"]) == ("ValidationException", "Project nowhere does not exist.")


def create(studio: Visitor, name: str, **more: Any) -> JsonDict:
    """A project of the template that the tests bring along."""
    product = products.find(TINY)
    assert product is not None
    details = {"ServiceCatalogProvisioningDetails": {"ProductId": product.product_id}}
    made: JsonDict = studio.call("sagemaker", "CreateProject", {"ProjectName": name, **details, **more})
    return made


def settled(studio: Visitor, name: str) -> JsonDict:
    def found() -> JsonDict | None:
        project: JsonDict = studio.call("sagemaker", "DescribeProject", {"ProjectName": name})
        status = project["ProjectStatus"]
        return None if status == "Pending" or status.endswith("InProgress") else project

    described: JsonDict = until(found)
    return described


def ask(studio: Visitor, path: str) -> Any:
    answer = studio.get(f"/studio/api/ormer/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def stop_of(studio: Visitor, project: str, name: str) -> JsonDict:
    stops: list[JsonDict] = ask(studio, f"story?project={project}")["stops"]
    return next(stop for stop in stops if stop["id"] == name)


def commit(studio: Visitor, repository: str, message: str) -> None:
    asked = {"repositoryName": repository, "branchName": "main"}
    head = studio.call("codecommit", "GetBranch", asked)["branch"]["commitId"]
    content = base64.b64encode(message.encode()).decode()
    more = {"filePath": "README.md", "fileContent": content, "commitMessage": message, "name": "Ada"}
    studio.call("codecommit", "PutFile", {**asked, "parentCommitId": head, **more})


def registered(server: Live, pipeline: str, good: bool = True) -> str:
    """Run a pipeline of this name that registers a version if that is good enough; returns the version's ARN or ""."""
    sagemaker = server.client("sagemaker")
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
    containers = [{"Image": image, "ModelDataUrl": "s3://models/model.tar.gz"}]
    inference = {
        "Containers": containers,
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    version = {
        "ModelPackageGroupName": pipeline,
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": inference,
    }
    step = {"Name": "Register", "Type": "RegisterModel", "Arguments": version}
    conditions = [{"Type": "Equals", "LeftValue": good, "RightValue": True}]
    branches = {"Conditions": conditions, "IfSteps": [step], "ElseSteps": []}
    decides = {"Name": "GoodEnough", "Type": "Condition", "Arguments": branches}
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [decides]})
    sagemaker.create_pipeline(
        PipelineName=pipeline, PipelineDefinition=definition, RoleArn=ROLE, ClientRequestToken="a" * 32
    )
    run = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]

    def ended() -> JsonDict | None:
        found: JsonDict = sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)
        return None if found["PipelineExecutionStatus"] == "Executing" else found

    over = until(ended)
    assert over["PipelineExecutionStatus"] == "Succeeded", over
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=run)["PipelineExecutionSteps"]
    return next((str(one["Metadata"]["RegisterModel"]["Arn"]) for one in steps if one["StepName"] == "Register"), "")
