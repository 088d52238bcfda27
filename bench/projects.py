"""Pipelines for measurements, and waiting for them."""

from __future__ import annotations

import json
import time
from typing import Any

from bench.servers import ROLE

JsonDict = dict[str, Any]
FINAL = ("Succeeded", "Failed", "Stopped")
POLL_SECONDS = 0.02


def definition(steps: list[JsonDict]) -> str:
    """A pipeline definition's text."""
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps})


def condition(name: str, after: str = "") -> JsonDict:
    """A condition that holds and does nothing."""
    holds = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    step: JsonDict = {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": [holds], "IfSteps": [], "ElseSteps": []},
    }
    return step | ({"DependsOn": [after]} if after else {})


def create(client: Any, name: str, steps: list[JsonDict]) -> None:
    """CreatePipeline."""
    client.create_pipeline(
        PipelineName=name, PipelineDefinition=definition(steps), RoleArn=ROLE, ClientRequestToken=f"{name:->40}"
    )


def run(client: Any, name: str, poll_seconds: float = POLL_SECONDS) -> tuple[str, float]:
    """(execution's ARN, seconds from the request to the first answer that says it is over). Raises RuntimeError."""
    began = time.monotonic()
    token = f"{name}-{time.time_ns():032d}"
    arn = client.start_pipeline_execution(PipelineName=name, ClientRequestToken=token)["PipelineExecutionArn"]
    while True:
        described = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        if described["PipelineExecutionStatus"] in FINAL:
            break
        time.sleep(poll_seconds)
    seconds = time.monotonic() - began
    if described["PipelineExecutionStatus"] != "Succeeded":
        steps = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        reasons = [step.get("FailureReason") for step in steps if step["StepStatus"] == "Failed"]
        raise RuntimeError(f"{name} ended {described['PipelineExecutionStatus']}: {reasons}")
    return arn, seconds


def steps_of(client: Any, arn: str) -> list[JsonDict]:
    """Every step of an execution in the order it began."""
    found: list[JsonDict] = []
    token: JsonDict = {}
    while True:
        page = client.list_pipeline_execution_steps(
            PipelineExecutionArn=arn, SortOrder="Ascending", MaxResults=100, **token
        )
        found += page["PipelineExecutionSteps"]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}
