"""The AWS CDK's own command, unmodified: an app is deployed, does its work, and is taken away again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import World, python_of

APP = Path(__file__).parent / "cdk"
WAIT_SECONDS = 120


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_the_cdk_deploys_an_app_around_models_and_takes_it_away(world: World, tmp_path: Path) -> None:
    python = Path(python_of("cdk"))
    command = python.parents[1] / "npm" / "node_modules" / "aws-cdk" / "bin" / "cdk"

    def cdk(*words: str) -> str:
        ended = world.command(
            [str(python.with_name("node")), str(command), *words],
            APP,
            PATH=f"{python.parent}:/usr/bin:/bin",
            CDK_DISABLE_CLI_TELEMETRY="1",
            CI="true",
        )
        assert ended.returncode == 0, ended.stdout[-6000:]
        return str(ended.stdout)

    out = str(tmp_path / "out")
    cdk("bootstrap", "aws://123456789012/us-east-1")
    cdk("synth", "-q", "--app", f"{python} app.py", "-o", out)
    cdk("deploy", "--app", out, "--require-approval", "never")
    assert "There were no differences" in cdk("diff", "--app", out)
    outputs = stack_outputs(world)
    bucket = world.client("ssm").get_parameter(Name="/models/bucket")["Parameter"]["Value"]

    group = world.client("sagemaker")
    package = group.create_model_package(ModelPackageGroupName="cdk-models", ModelApprovalStatus="Approved")
    assert eventually(lambda: read(world, bucket, "approved")) == package["ModelPackageArn"].encode()
    world.client("sns").publish(TopicArn=outputs["TopicArn"], Message="heard")
    received = world.client("sqs").receive_message(QueueUrl=outputs["QueueUrl"], WaitTimeSeconds=20)
    assert received["Messages"][0]["Body"] == "heard"
    started = group.start_pipeline_execution(PipelineName="cdk-pipeline")["PipelineExecutionArn"]
    describe = group.describe_pipeline_execution
    eventually(lambda: describe(PipelineExecutionArn=started)["PipelineExecutionStatus"] == "Failed")

    group.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    cdk("destroy", "--app", out, "--force")
    left = [one["Name"] for one in world.client("s3").list_buckets()["Buckets"]]
    assert bucket not in left
    stacks = world.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
    assert "models" not in [one["StackName"] for one in stacks]


def stack_outputs(world: World) -> dict[str, str]:
    (stack,) = world.client("cloudformation").describe_stacks(StackName="models")["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def read(world: World, bucket: str, key: str) -> bytes | None:
    s3 = world.client("s3")
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"):
        return None
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def eventually(met: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := met()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)
    return found
