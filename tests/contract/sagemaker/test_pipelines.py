"""Pipelines over the wire, by boto3: made, described, changed, listed, deleted."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


def definition(*steps: dict[str, Any], **top: Any) -> str:
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], **top, "Steps": list(steps)})


def callback(name: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Callback",
        "Arguments": {"arg1": "foo"},
        "DependsOn": [],
        "SqsQueueUrl": "https://sqs.us-east-2.amazonaws.com/123456789012/MyQueue",
        "OutputParameters": [{"OutputName": "output", "OutputType": "String"}],
    }


@pytest.fixture
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")


@pytest.fixture
def name() -> str:
    return f"p-{uuid.uuid4().hex[:12]}"


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_pipeline_is_described_as_it_was_made(sagemaker: Any, name: str) -> None:
    text = definition(callback("A"))
    arn = sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDefinition=text,
        PipelineDescription="what it is for",
        RoleArn=ROLE,
        Tags=[{"Key": "k", "Value": "v"}],
        ParallelismConfiguration={"MaxParallelExecutionSteps": 50},
    )["PipelineArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{name}"
    for asked in (name, arn):
        found = sagemaker.describe_pipeline(PipelineName=asked)
        assert found["PipelineArn"] == arn
        assert found["PipelineDefinition"] == text
        assert found["PipelineDescription"] == "what it is for"
        assert found["PipelineStatus"] == "Active"
        assert found["RoleArn"] == ROLE
        assert found["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 50}
        assert found["CreationTime"] == found["LastModifiedTime"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


def test_the_sdk_reads_these_errors_to_choose_between_create_and_update(sagemaker: Any, name: str) -> None:
    with pytest.raises(ClientError) as missing:
        sagemaker.describe_pipeline(PipelineName=name)
    assert code_of(missing) == "ResourceNotFound"
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(), RoleArn=ROLE)
    with pytest.raises(ClientError, match="already exists") as taken:
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(), RoleArn=ROLE)
    assert code_of(taken) == "ValidationException"


def test_a_repeated_token_makes_one_pipeline(sagemaker: Any, name: str) -> None:
    request = {
        "PipelineName": name,
        "PipelineDefinition": definition(),
        "RoleArn": ROLE,
        "ClientRequestToken": uuid.uuid4().hex,
    }
    assert sagemaker.create_pipeline(**request)["PipelineArn"] == sagemaker.create_pipeline(**request)["PipelineArn"]
    assert len(sagemaker.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]) == 1


def test_a_wrong_definition_makes_nothing(sagemaker: Any, name: str) -> None:
    wrong = definition({"Name": "A", "Type": "Processing", "Arguments": {}})
    with pytest.raises(ClientError, match=r"Unable to parse pipeline definition\. .* step 'A'") as refused:
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=wrong, RoleArn=ROLE)
    assert code_of(refused) == "ValidationException"
    with pytest.raises(ClientError):
        sagemaker.describe_pipeline(PipelineName=name)


def test_two_thousand_steps_are_taken_and_come_back(sagemaker: Any, name: str) -> None:
    text = definition(*(callback(f"callback-step{index}") for index in range(2000)))
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
    found = sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
    assert len(json.loads(found)["Steps"]) == 2000
    assert sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=text)["PipelineVersionId"] == 2


def test_a_definition_may_rest_in_s3(shared_server: Any, sagemaker: Any, name: str) -> None:
    s3 = shared_server.client("s3")
    s3.create_bucket(Bucket=f"b-{name}")
    text = definition(callback("A"))
    s3.put_object(Bucket=f"b-{name}", Key="definition.json", Body=text.encode())
    location = {"Bucket": f"b-{name}", "ObjectKey": "definition.json"}
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinitionS3Location=location, RoleArn=ROLE)
    s3.delete_object(Bucket=f"b-{name}", Key="definition.json")
    assert sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == text
    with pytest.raises(ClientError, match="not both"):
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=text, PipelineDefinitionS3Location=location)


def test_every_definition_stays_as_a_version(sagemaker: Any, name: str) -> None:
    arn = sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(callback("A")), RoleArn=ROLE)[
        "PipelineArn"
    ]
    changed = sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=definition(callback("B")))
    assert changed == {**changed, "PipelineArn": arn, "PipelineVersionId": 2}
    described_only = sagemaker.update_pipeline(PipelineName=name, PipelineDescription="new words")
    assert described_only["PipelineVersionId"] == 2
    versions = sagemaker.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]
    assert [one["PipelineVersionId"] for one in versions] == [2, 1]
    first = sagemaker.describe_pipeline(PipelineName=name, PipelineVersionId=1)
    assert json.loads(first["PipelineDefinition"])["Steps"][0]["Name"] == "A"
    sagemaker.update_pipeline_version(PipelineArn=arn, PipelineVersionId=1, PipelineVersionDisplayName="the-first")
    assert (
        sagemaker.describe_pipeline(PipelineName=name, PipelineVersionId=1)["PipelineVersionDisplayName"] == "the-first"
    )
    with pytest.raises(ClientError) as missing:
        sagemaker.describe_pipeline(PipelineName=name, PipelineVersionId=3)
    assert code_of(missing) == "ResourceNotFound"


def test_pipelines_are_listed_by_prefix_and_page(sagemaker: Any, name: str) -> None:
    made = [f"{name}-{index}" for index in range(5)]
    for one in made:
        sagemaker.create_pipeline(PipelineName=one, PipelineDefinition=definition(), RoleArn=ROLE)
    pages = sagemaker.get_paginator("list_pipelines").paginate(
        PipelineNamePrefix=name, SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    assert [one["PipelineName"] for page in pages for one in page["PipelineSummaries"]] == made
    assert sagemaker.list_pipelines(PipelineNamePrefix="nothing")["PipelineSummaries"] == []


def test_a_deleted_pipeline_is_gone_with_its_executions(sagemaker: Any, name: str) -> None:
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(), RoleArn=ROLE)
    execution = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    wait(sagemaker, execution)
    sagemaker.delete_pipeline(PipelineName=name)
    for gone in (
        lambda: sagemaker.describe_pipeline(PipelineName=name),
        lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution),
        lambda: sagemaker.list_pipeline_executions(PipelineName=name),
        lambda: sagemaker.delete_pipeline(PipelineName=name),
    ):
        with pytest.raises(ClientError) as missing:
            gone()
        assert code_of(missing) == "ResourceNotFound"
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(), RoleArn=ROLE)
    assert sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def wait(sagemaker: Any, arn: str) -> dict[str, Any]:
    """The execution when it has ended."""
    deadline = time.monotonic() + 60
    while True:
        found: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] in ("Succeeded", "Failed", "Stopped"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
