"""Who asks state machines: schedules, and delivery pipelines that wait for their end."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta

STATES = {"Told": {"Type": "Pass", "End": True}}
SECONDS = 60
# Longer than a name with the run's id behind it may be.
PREFIX = "a-long-prefix-" * 5


def test_a_schedule_starts_an_execution_with_its_input(shared_server, sfn, machine, role):
    arn, scheduler = machine(STATES), shared_server.client("scheduler")
    at = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        Name="starts-a-machine",
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "Input": '{"from": "schedule"}'},
    )
    deadline = time.monotonic() + SECONDS
    while not (done := sfn.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    output = sfn.describe_execution(executionArn=done[0]["executionArn"])["output"]
    assert json.loads(output) == {"from": "schedule"}


def declaration(name: str, role: str, machine: str) -> dict:
    def kind(category: str, provider: str) -> dict:
        return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}

    take = {
        "name": "Take",
        "actionTypeId": kind("Source", "S3"),
        "configuration": {"S3Bucket": name, "S3ObjectKey": "source.zip"},
        "outputArtifacts": [{"name": "Source"}],
    }
    run = {
        "name": "Run",
        "actionTypeId": kind("Invoke", "StepFunctions"),
        "configuration": {
            "StateMachineArn": machine,
            "InputType": "FilePath",
            "Input": "input.json",
            "ExecutionNamePrefix": PREFIX,
        },
        "inputArtifacts": [{"name": "Source"}],
        "namespace": "Ran",
    }
    stages = [{"name": "Source", "actions": [take]}, {"name": "Run", "actions": [run]}]
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": name},
        "stages": stages,
    }


def test_a_delivery_pipeline_runs_a_state_machine_and_ends_as_it_does(shared_server, sfn, machine, role):
    arn = machine(
        {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Good"}],
                "Default": "Bad",
            },
            "Good": {"Type": "Succeed"},
            "Bad": {"Type": "Fail", "Error": "NotGood", "Cause": "it was said so"},
        }
    )
    s3, pipelines = shared_server.client("s3"), shared_server.client("codepipeline")
    for name, good in (("runs-well", True), ("runs-badly", False)):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("input.json", json.dumps({"good": good}))
        s3.put_object(Bucket=name, Key="source.zip", Body=content.getvalue())
        pipelines.create_pipeline(pipeline=declaration(name, role, arn))
        deadline = time.monotonic() + SECONDS
        while True:
            stage = pipelines.get_pipeline_state(name=name)["stageStates"][1]
            action = stage["actionStates"][0].get("latestExecution", {})
            if action.get("status") in ("Succeeded", "Failed"):
                break
            assert time.monotonic() < deadline, stage
            time.sleep(0.05)
        assert action["status"] == ("Succeeded" if good else "Failed")
        execution = sfn.describe_execution(executionArn=action["externalExecutionId"])
        assert json.loads(execution["input"]) == {"good": good}
        assert len(execution["name"]) == 80 and execution["name"].startswith(PREFIX[:40])
        assert execution["name"].endswith(f"-{action['actionExecutionId']}")
        if not good:
            assert "NotGood: it was said so" in action["errorDetails"]["message"]
