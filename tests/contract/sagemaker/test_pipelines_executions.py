"""Pipeline executions over the wire, by boto3; their jobs are tested with the engine."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
PARAMETERS = [
    {"Name": "Limit", "Type": "Integer", "DefaultValue": 2},
    {"Name": "Strict", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Place", "Type": "String", "EnumValues": ["here", "there"], "DefaultValue": "here"},
]
CHECK = {
    "Name": "Check",
    "DisplayName": "the check",
    "Type": "Condition",
    "Arguments": {
        "Conditions": [
            {"Type": "Equals", "LeftValue": {"Get": "Parameters.Limit"}, "RightValue": 2},
            {"Type": "Equals", "LeftValue": {"Get": "Parameters.Strict"}, "RightValue": False},
        ],
        "IfSteps": [],
        "ElseSteps": [
            {
                "Name": "Over",
                "Type": "Fail",
                "Arguments": {
                    "ErrorMessage": {"Std:Join": {"On": " ", "Values": ["limit", {"Get": "Parameters.Limit"}]}}
                },
            }
        ],
    },
}


@pytest.fixture
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")


@pytest.fixture
def pipeline(sagemaker: Any) -> str:
    name = f"e-{uuid.uuid4().hex[:12]}"
    text = json.dumps({"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": [CHECK]})
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
    return name


def ended(sagemaker: Any, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        found: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] in ("Succeeded", "Failed", "Stopped"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_an_execution_runs_with_its_defaults(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(
        PipelineName=pipeline, PipelineExecutionDisplayName="by-hand", PipelineExecutionDescription="why"
    )["PipelineExecutionArn"]
    found = ended(sagemaker, arn)
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert found["PipelineArn"] == arn.rsplit("/execution/", 1)[0]
    assert found["PipelineExecutionDisplayName"] == "by-hand"
    assert found["PipelineExecutionDescription"] == "why"
    assert found["PipelineVersionId"] == 1
    (step,) = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert step["StepName"] == "Check"
    assert step["StepDisplayName"] == "the check"
    assert step["StepStatus"] == "Succeeded"
    assert step["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert step["StartTime"] <= step["EndTime"]
    assert sagemaker.describe_pipeline(PipelineName=pipeline)["LastRunTime"] == found["CreationTime"]
    versions = sagemaker.list_pipeline_versions(PipelineName=pipeline)["PipelineVersionSummaries"]
    assert versions[0]["LastExecutionPipelineExecutionArn"] == arn


def test_parameters_come_as_texts_and_are_listed(sagemaker: Any, pipeline: str) -> None:
    given = [{"Name": "Limit", "Value": "7"}, {"Name": "Strict", "Value": "True"}]
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)["PipelineExecutionArn"]
    found = ended(sagemaker, arn)
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [(one["StepName"], one["StepStatus"]) for one in steps] == [("Over", "Failed"), ("Check", "Succeeded")]
    assert steps[0]["FailureReason"] == "limit 7"
    listed = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert listed == [*given, {"Name": "Place", "Value": "here"}]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([{"Name": "Limit", "Value": "many"}], "'many' is not of type Integer"),
        ([{"Name": "Place", "Value": "nowhere"}], "not among its EnumValues"),
        ([{"Name": "Colour", "Value": "red"}], "'Colour' is not declared"),
    ],
)
def test_wrong_parameters_start_nothing(sagemaker: Any, pipeline: str, given: Any, told: str) -> None:
    with pytest.raises(ClientError, match=told) as refused:
        sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"] == []


def test_a_repeated_token_starts_one_execution(sagemaker: Any, pipeline: str) -> None:
    token = uuid.uuid4().hex
    started = [
        sagemaker.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken=token)["PipelineExecutionArn"]
        for _ in range(2)
    ]
    assert started[0] == started[1]
    assert len(sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]) == 1


def test_executions_are_listed_newest_first(sagemaker: Any, pipeline: str) -> None:
    made = [sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"] for _ in range(3)]
    for arn in made:
        ended(sagemaker, arn)
    listed = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert [one["PipelineExecutionArn"] for one in listed] == made[::-1]
    assert {one["PipelineExecutionStatus"] for one in listed} == {"Succeeded"}
    assert all(one["PipelineExecutionDisplayName"].startswith("execution-") for one in listed)


def test_an_execution_keeps_the_definition_it_began_with(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    changed = json.dumps({"Version": "2020-12-01", "Steps": []})
    sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition=changed)
    kept = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
    assert json.loads(kept)["Steps"][0]["Name"] == "Check"
    older = sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineVersionId=1)["PipelineExecutionArn"]
    assert ended(sagemaker, older)["PipelineVersionId"] == 1
    assert len(sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=older)["PipelineExecutionSteps"]) == 1


def test_an_execution_is_renamed(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    sagemaker.update_pipeline_execution(PipelineExecutionArn=arn, PipelineExecutionDisplayName="better")
    assert ended(sagemaker, arn)["PipelineExecutionDisplayName"] == "better"


def test_what_has_ended_well_is_neither_stopped_nor_retried(sagemaker: Any, pipeline: str) -> None:
    arn = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    ended(sagemaker, arn)
    for operation in (sagemaker.stop_pipeline_execution, sagemaker.retry_pipeline_execution):
        with pytest.raises(ClientError) as refused:
            operation(PipelineExecutionArn=arn)
        assert refused.value.response["Error"]["Code"] == "ConflictException"


def test_unknown_executions_and_tokens_are_not_found(sagemaker: Any, pipeline: str) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{pipeline}/execution/abcdefghijkl"
    for call in (
        lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn),
        lambda: sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn),
        lambda: sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn),
        lambda: sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn),
        lambda: sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn),
        lambda: sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn),
        lambda: sagemaker.start_pipeline_execution(PipelineName="no-such-pipeline"),
        lambda: sagemaker.send_pipeline_execution_step_success(CallbackToken="abcdefghij"),
        lambda: sagemaker.send_pipeline_execution_step_failure(CallbackToken="abcdefghij"),
    ):
        with pytest.raises(ClientError) as missing:
            call()
        assert missing.value.response["Error"]["Code"] == "ResourceNotFound"
