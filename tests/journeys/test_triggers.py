"""Schedules that the SDK puts on pipelines start them."""

from __future__ import annotations

import json
import time

import pytest

from .conftest import SHOP, World

PATIENCE_SECONDS = 120.0


@pytest.mark.journey
@pytest.mark.timeout(1200)
def test_a_schedule_of_the_sdk_starts_its_pipeline(world: World) -> None:
    ended = world.run("sagemaker-2.257", SHOP / "triggers.py", "--name", "timed")
    assert ended.returncode == 0, ended.stdout[-4000:]
    told = json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("{")))
    (arn,) = told["arns"]
    assert arn == told["Schedule_Arn"] and arn.endswith(":schedule/default/timed-hourly")
    assert (told["Schedule_Expression"], told["Schedule_State"]) == ("rate(1 hours)", "ENABLED")
    sagemaker = world.client("sagemaker")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (started := sagemaker.list_pipeline_executions(PipelineName="timed")["PipelineExecutionSummaries"]):
        assert time.monotonic() < deadline, "the schedule never fired"
        time.sleep(0.2)
    execution = started[0]["PipelineExecutionArn"]
    while sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"] != "Failed":
        assert time.monotonic() < deadline, "the execution never ended"
        time.sleep(0.2)
    assert "on schedule" in world.steps(execution)["Say"]["FailureReason"]
