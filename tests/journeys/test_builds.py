"""A pristine modelbuild repository as a build: its own buildspec, its own install commands, its own SDK."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import SHOP, World
from .test_modelbuild import FIRST_RUN

SEED = "model-build-iitc"
WAIT_SECONDS = 2400


def seed() -> Path:
    folder = Path(os.environ.get("ORMER_SEEDS", "")) / SEED
    if not os.environ.get("ORMER_SEEDS") or not folder.is_dir():
        pytest.skip(f"ORMER_SEEDS names no folder with a clone of {SEED}")
    return folder


STANDARD = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}
SHOP_SPEC = """
version: 0.2
phases:
  install:
    runtime-versions:
      python: 3.11
    commands:
      - aws sts get-caller-identity --query Arn --output text
      - pip install --upgrade "sagemaker==2.93.0" "setuptools<81"
  build:
    commands:
      - >-
        python run.py --jobs jobs_2_93 --role $ROLE --bucket $BUCKET --name shop-build
        --parameters "$PARAMETERS" | tee run.txt
      - grep -q ":pipeline/shop-build/execution/" run.txt
artifacts:
  files: [run.txt]
"""


def zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and ".git" not in file.relative_to(folder).parts:
                archive.write(file, file.relative_to(folder))
    return content.getvalue()


def pairs(variables: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def source(world: World, name: str, content: bytes) -> str:
    """Where the zip of a source lies, as `bucket/key`."""
    world.client("s3").create_bucket(Bucket=world.bucket)
    return world.write(f"sources/{name}.zip", content).removeprefix("s3://")


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
    address = source(world, "modelbuild", zipped(seed()))
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
            "location": address,
            "buildspec": "codebuild-buildspec.yml",
        },
        artifacts={"type": "NO_ARTIFACTS"},
        environment={**STANDARD, "environmentVariables": pairs(variables)},
        serviceRole=world.role,
    )

    build = over(world, client.start_build(projectName="pristine-modelbuild")["build"]["id"])

    assert build["buildStatus"] == "SUCCEEDED", said(world, build)[-6000:]
    sagemaker = world.client("sagemaker")
    (execution,) = sagemaker.list_pipeline_executions(PipelineName="pristine-p-pristine")["PipelineExecutionSummaries"]
    steps = world.steps(execution["PipelineExecutionArn"])
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(steps, "Succeeded")
    assert len(steps) == 12


@pytest.mark.journey
@pytest.mark.timeout(WAIT_SECONDS + 120)
def test_a_repository_of_ours_builds_with_the_cli_that_is_there(world: World) -> None:
    variables = {"ROLE": world.role, "BUCKET": world.bucket, "PARAMETERS": json.dumps(FIRST_RUN)}
    client = world.client("codebuild")
    client.create_project(
        name="shop-build",
        source={"type": "S3", "location": source(world, "shop", zipped(SHOP)), "buildspec": SHOP_SPEC},
        artifacts={"type": "S3", "location": world.bucket, "path": "builds", "packaging": "NONE", "name": "shop"},
        environment={**STANDARD, "environmentVariables": pairs(variables)},
        serviceRole=world.role,
    )

    build = over(world, client.start_build(projectName="shop-build")["build"]["id"])

    told = said(world, build)
    assert build["buildStatus"] == "SUCCEEDED", told[-6000:]
    assert f":assumed-role/{world.role.rpartition('/')[2]}/" in told
    execution = world.read(f"s3://{world.bucket}/builds/shop/run.txt").decode().split()[-1]
    assert {step["StepStatus"] for step in world.steps(execution).values()} == {"Succeeded"}
