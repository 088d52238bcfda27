"""A pristine modelbuild repository as a build: its own buildspec, its own install commands, its own SDK."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import World

SEED = "model-build-iitc"
WAIT_SECONDS = 2400


def seed() -> Path:
    folder = Path(os.environ.get("ORMER_SEEDS", "")) / SEED
    if not os.environ.get("ORMER_SEEDS") or not folder.is_dir():
        pytest.skip(f"ORMER_SEEDS names no folder with a clone of {SEED}")
    return folder


def zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and ".git" not in file.relative_to(folder).parts:
                archive.write(file, file.relative_to(folder))
    return content.getvalue()


def over(world: World, identifier: str) -> dict[str, Any]:
    client, deadline = world.client("codebuild"), time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        (build,) = client.batch_get_builds(ids=[identifier])["builds"]
        if build["buildComplete"]:
            found: dict[str, Any] = build
            return found
        time.sleep(1)
    raise TimeoutError(f"the build is in {build['currentPhase']} after {WAIT_SECONDS} seconds")


def said(world: World, build: dict[str, Any]) -> str:
    where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    events = world.client("logs").get_log_events(startFromHead=True, **where)["events"]
    return "\n".join(event["message"] for event in events)


@pytest.mark.journey
@pytest.mark.timeout(WAIT_SECONDS + 120)
def test_a_pristine_modelbuild_repository_builds_and_runs_its_pipeline(world: World) -> None:
    world.client("s3").create_bucket(Bucket=world.bucket)
    address = world.write("sources/modelbuild.zip", zipped(seed()))
    variables = {
        "SAGEMAKER_PROJECT_NAME": "pristine",
        "SAGEMAKER_PROJECT_ID": "p-pristine",
        "ARTIFACT_BUCKET": world.bucket,
        "SAGEMAKER_PIPELINE_NAME": "sagemaker-pristine",
        "SAGEMAKER_PIPELINE_ROLE_ARN": world.role,
        "AWS_REGION": world.config.region,
    }
    client = world.client("codebuild")
    client.create_project(
        name="pristine-modelbuild",
        source={
            "type": "S3",
            "location": address.removeprefix("s3://"),
            "buildspec": "codebuild-buildspec.yml",
        },
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": name, "value": value} for name, value in variables.items()],
        },
        serviceRole=world.role,
    )

    build = over(world, client.start_build(projectName="pristine-modelbuild")["build"]["id"])

    assert build["buildStatus"] == "SUCCEEDED", said(world, build)[-6000:]
    sagemaker = world.client("sagemaker")
    (execution,) = sagemaker.list_pipeline_executions(PipelineName="pristine-p-pristine")["PipelineExecutionSummaries"]
    steps = world.steps(execution["PipelineExecutionArn"])
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(steps, "Succeeded")
    assert len(steps) == 12
