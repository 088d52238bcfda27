"""A project of the template with everything: its first runs, a version in production, the next one, a rejected one."""

from __future__ import annotations

import io
import json
import os
import threading
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ormer.cli import demo_build, demo_commit, demo_project, demo_story
from ormer.cli.client import Client
from ormer.cli.demo_build import Pipeline
from ormer.cli.demo_delivery import FINAL, Delivery
from ormer.cli.demo_endpoint import ANIMALS
from ormer.cli.demo_project import Project

from .conftest import World, python_of
from .test_modelbuild import BASELINES, METRICS

JsonDict = dict[str, Any]
GUESTS = 3
PATIENCE_SECONDS = 60.0
TESTS = "TestArtifact"
PUBLIC = "sagemaker-model-deploy"
NOTEBOOK = "sagemaker-pipelines-project.ipynb"
pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]


@dataclass
class Teller:
    """What a person does with the project, and what they see."""

    world: World
    project: Project
    page: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.client = Client(self.world.config.home)
        self.console = Console(file=self.page, width=160)

    def delivery(self, word: str) -> Delivery:
        return Delivery(self.client, self.project.resource(word))

    def pushed(self) -> str:
        """Push a commit; the ARN of the version that comes of it."""
        delivery, pipeline = self.delivery("modelbuild"), Pipeline(self.client, self.project)
        known = delivery.executions()
        _, message = demo_commit.push(self.world.config, delivery.name)
        execution = delivery.begun(known)
        version = demo_build.registered(delivery, execution, pipeline, self.console)
        assert version, self.page.getvalue()
        assert delivery.trigger(execution) == message
        return version

    def judge(self, version: str, status: str, comment: str) -> str:
        """Approve or reject a version; the execution of the deployment that this starts."""
        known = self.delivery("modeldeploy").executions()
        self.world.client("sagemaker").update_model_package(
            ModelPackageArn=version, ModelApprovalStatus=status, ApprovalDescription=comment
        )
        return self.delivery("modeldeploy").begun(known)

    def brought(self, execution: str) -> None:
        """Follow a deployment through the approval that it asks for."""
        delivery = self.delivery("modeldeploy")
        delivery.follow(execution, self.console)
        waiting = delivery.waiting(execution)
        assert waiting is not None and waiting["action"] == "ApproveDeployment", self.page.getvalue()
        delivery.approve(waiting, "good")
        assert delivery.follow(execution, self.console) == "Succeeded", self.page.getvalue()

    def versions(self) -> list[str]:
        """The ARNs of all versions of the project's model."""
        pages = self.world.client("sagemaker").get_paginator("list_model_packages")
        found = pages.paginate(ModelPackageGroupName=self.project.group).build_full_result()
        return [each["ModelPackageArn"] for each in found["ModelPackageSummaryList"]]

    def cloned(self, word: str) -> str:
        """Clone a repository to where Studio does; the folder, below the person's home."""
        repository = self.project.resource(word)
        address = f"https://git-codecommit.{self.world.config.region}.amazonaws.com/v1/repos/{repository}"
        folder = f"{self.project.name}/{repository}"
        ran = self.world.shell(["git", "clone", "--quiet", address, folder])
        assert ran.returncode == 0, ran.stdout
        return folder

    def served(self, stage: str) -> tuple[str, str]:
        """(the endpoint's configuration, the version that it serves)."""
        sagemaker = self.world.client("sagemaker")
        endpoint = sagemaker.describe_endpoint(EndpointName=self.project.endpoint(stage))
        assert endpoint["EndpointStatus"] == "InService"
        name = endpoint["EndpointConfigName"]
        config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        return name, model["Containers"][0]["ModelPackageName"]

    def predicted(self, stage: str) -> list[float]:
        runtime = self.world.client("sagemaker-runtime")
        name = self.project.endpoint(stage)
        answers = [
            runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=animal.encode())
            for animal, _ in ANIMALS
        ]
        return [float(answer["Body"].read()) for answer in answers]


class Guests:
    """Threads that ask an endpoint without a pause."""

    def __init__(self, world: World, endpoint: str) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._world, self._endpoint = world, endpoint
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(GUESTS)]

    def __enter__(self) -> Guests:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def hear(self, *predicted: float) -> None:
        """Wait until guests have been answered so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(any(float(told) == pytest.approx(each) for told in list(self.answers)) for each in predicted):
            assert time.monotonic() < deadline, f"{predicted} is not among {self.answers}, {self.failures[-3:]}"
            time.sleep(0.1)

    def _ask(self) -> None:
        runtime = self._world.client("sagemaker-runtime")
        while not self._enough.is_set():
            try:
                answer = runtime.invoke_endpoint(
                    EndpointName=self._endpoint, ContentType="text/csv", Body=ANIMALS[0][0].encode()
                )
                self.answers[answer["Body"].read().decode().strip()] += 1
            except Exception as error:
                self.failures.append(str(error))


@pytest.fixture(scope="module")
def teller(world: World) -> Teller:
    """A project whose first runs have ended."""
    client, page = Client(world.config.home), io.StringIO()
    project = demo_project.create(client, Console(file=page, width=160))
    assert project is not None, page.getvalue()
    made = Teller(world, project)
    for word in demo_story.FIRST_RUNS:
        delivery = made.delivery(word)
        assert delivery.follow(delivery.begun(()), made.console) in FINAL
    return made


@pytest.fixture(scope="module")
def first(teller: Teller) -> JsonDict:
    """Version 1 in production, and what is known of it."""
    listed = teller.world.client("sagemaker").list_model_packages(ModelPackageGroupName=teller.project.group)
    (version,) = listed["ModelPackageSummaryList"]
    execution = teller.judge(version["ModelPackageArn"], "Approved", "passed all its checks")
    teller.brought(execution)
    return {"version": version["ModelPackageArn"], "execution": execution, "predicted": teller.predicted("prod")}


@pytest.fixture(scope="module")
def second(teller: Teller, first: JsonDict) -> JsonDict:
    """Version 2 in production; guests asked it all the while."""
    version = teller.pushed()
    with Guests(teller.world, teller.project.endpoint("prod")) as guests:
        guests.hear(first["predicted"][0])
        teller.brought(teller.judge(version, "Approved", "better"))
        after = teller.predicted("prod")
        guests.hear(after[0])
    return {"version": version, "guests": guests, "predicted": after}


def test_each_delivery_of_a_new_project_begins_once_and_says_what_is_missing(teller: Teller) -> None:
    ended = {}
    for word in demo_story.FIRST_RUNS:
        delivery = teller.delivery(word)
        (execution,) = delivery.executions()
        ended[word] = (delivery.status(execution), delivery.reason(execution))
    assert ended["modelbuild"] == ("Succeeded", "")
    for word, said in (("modeldeploy", "no approved model"), ("modelmonitor", "no endpoint abalone-staging yet")):
        status, reason = ended[word]
        assert status == "Failed" and said in reason, reason


def test_the_first_version_is_registered_with_everything_its_judges_need(teller: Teller, first: JsonDict) -> None:
    version = teller.world.client("sagemaker").describe_model_package(ModelPackageName=first["version"])
    assert version["ModelPackageVersion"] == 1
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == ("Approved", "passed all its checks")
    for member, wanted in (("ModelMetrics", METRICS), ("DriftCheckBaselines", BASELINES)):
        assert {group: set(files) for group, files in version[member].items()} == wanted
    (pipeline,) = teller.world.client("sagemaker").list_pipelines(PipelineNamePrefix=teller.project.group)[
        "PipelineSummaries"
    ]
    (execution,) = teller.world.client("sagemaker").list_pipeline_executions(PipelineName=pipeline["PipelineName"])[
        "PipelineExecutionSummaries"
    ]
    steps = teller.world.steps(execution["PipelineExecutionArn"])
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(steps, "Succeeded")
    assert len(steps) == 12


def test_an_approved_version_comes_through_its_test_to_production(teller: Teller, first: JsonDict) -> None:
    sagemaker = teller.world.client("sagemaker")
    for stage in ("staging", "prod"):
        assert teller.served(stage)[1] == first["version"]
        arn = sagemaker.describe_endpoint(EndpointName=teller.project.endpoint(stage))["EndpointArn"]
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        assert tags["sagemaker:deployment-stage"] == stage
        assert tags["sagemaker:project-name"] == teller.project.name
    assert teller.predicted("staging") == first["predicted"]
    report = artifact(teller, first["execution"], TESTS, "test-results.json")
    assert [each["Predicted"] for each in report["Predictions"]] == pytest.approx(first["predicted"])


def test_the_next_version_replaces_it_without_a_failed_request(
    teller: Teller, first: JsonDict, second: JsonDict
) -> None:
    assert teller.served("prod")[1] == second["version"] != first["version"]
    guests = second["guests"]
    assert guests.failures == []
    answered = [float(answer) for answer in guests.answers]
    assert sorted(answered) == pytest.approx(sorted([first["predicted"][0], second["predicted"][0]]))


def test_a_later_run_compares_with_the_approved_version(teller: Teller, first: JsonDict, second: JsonDict) -> None:
    sagemaker = teller.world.client("sagemaker")
    before = sagemaker.describe_model_package(ModelPackageName=first["version"])["DriftCheckBaselines"]
    after = sagemaker.describe_model_package(ModelPackageName=second["version"])["DriftCheckBaselines"]
    assert after["ModelDataQuality"] == before["ModelDataQuality"]
    assert after["ModelQuality"] != before["ModelQuality"]


def test_rejecting_a_version_leaves_production_as_it_is(teller: Teller, second: JsonDict) -> None:
    before = teller.served("prod"), teller.served("staging"), teller.predicted("prod")
    version = teller.pushed()
    teller.brought(teller.judge(version, "Rejected", "worse"))
    assert (teller.served("prod"), teller.served("staging"), teller.predicted("prod")) == before
    described = teller.world.client("sagemaker").describe_model_package(ModelPackageName=version)
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Rejected", "worse")


def test_the_notebook_runs_from_top_to_bottom_in_a_clone(teller: Teller, first: JsonDict) -> None:
    versions = teller.versions()
    python, clone = python_of("sagemaker-notebook"), teller.cloned("modelbuild")
    words = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "told.ipynb", NOTEBOOK]
    ran = teller.world.shell([python, *words], clone)
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert len(teller.versions()) == len(versions) + 1
    tests = teller.world.shell([python, "-m", "pytest", "-q", "tests/test_pipeline.py"], clone)
    assert tests.returncode == 0 and "skipped" not in tests.stdout, tests.stdout[-4000:]


def test_a_pristine_public_deployment_repository_takes_the_place_of_ours(teller: Teller, first: JsonDict) -> None:
    place = Path(os.environ.get("ORMER_SEEDS", "")) / PUBLIC
    if not os.environ.get("ORMER_SEEDS") or not place.is_dir():
        pytest.skip(f"ORMER_SEEDS names no folder with a clone of {PUBLIC}")
    delivery, clone = teller.delivery("modeldeploy"), teller.cloned("modeldeploy")
    known = delivery.executions()
    author = ["-c", "user.name=public", "-c", "user.email=public@ormer.invalid"]
    for words in (
        ["rm", "-rq", "."],
        ["--work-tree", str(place), "add", "--all"],
        [*author, "commit", "-qm", "Take the public one"],
        ["push", "-q", "origin", "HEAD:main"],
    ):
        ran = teller.world.shell(["git", *words], clone)
        assert ran.returncode == 0, ran.stdout
    teller.brought(delivery.begun(known))


def artifact(teller: Teller, execution: str, name: str, file: str) -> JsonDict:
    """A JSON file in an artifact that an action of an execution made."""
    client = teller.world.client("codepipeline")
    listed = client.list_action_executions(
        pipelineName=teller.project.resource("modeldeploy"), filter={"pipelineExecutionId": execution}
    )["actionExecutionDetails"]
    (place,) = [
        made["s3location"]
        for detail in listed
        for made in detail["output"].get("outputArtifacts", [])
        if made["name"] == name
    ]
    content = teller.world.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found: JsonDict = json.loads(archive.read(file))
    return found
