"""Callback steps: whoever has the token ends the step."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ormer.aws.errors import AwsError

from .conftest import Bench, fail

JsonDict = dict[str, Any]


@pytest.fixture
def desk(bench: Bench) -> Bench:
    """A bench whose role may send to queues."""
    policy = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    role = "AmazonSageMakerServiceCatalogProductsUseRole"
    text = json.dumps({"Version": "2012-10-17", **policy})
    bench.api("iam", "PutRolePolicy", {"RoleName": role, "PolicyName": "send", "PolicyDocument": text})
    return bench


@pytest.fixture
def queue(desk: Bench) -> str:
    """The URL of a queue."""
    return str(desk.api("sqs", "CreateQueue", {"QueueName": "approvals"})["QueueUrl"])


def asking(queue: str) -> list[JsonDict]:
    ask = {
        "Name": "Ask",
        "Type": "Callback",
        "Arguments": {"who": {"Get": "Execution.PipelineName"}},
        "SqsQueueUrl": queue,
        "OutputParameters": [{"OutputName": "answer", "OutputType": "String"}],
    }
    return [ask, fail("Say", {"Get": "Steps.Ask.OutputParameters['answer']"})]


def waiting(desk: Bench, queue: str) -> tuple[str, str]:
    desk.create("p", asking(queue))
    arn = desk.start("p")
    desk.until(lambda: desk.steps(arn).get("Ask", {}).get("StepStatus") == "Executing")
    (received,) = desk.api("sqs", "ReceiveMessage", {"QueueUrl": queue})["Messages"]
    message = json.loads(received["Body"])
    assert (message["arguments"], message["pipelineExecutionArn"]) == ({"who": "p"}, arn)
    shown = desk.steps(arn)["Ask"]["Metadata"]["Callback"]
    assert shown == {"CallbackToken": message["token"], "SqsQueueUrl": queue}
    return arn, message["token"]


def test_a_success_carries_its_outputs_to_the_steps_behind(desk: Bench, queue: str) -> None:
    arn, token = waiting(desk, queue)
    outputs = [{"Name": "answer", "Value": "yes"}]
    answer = desk.sagemaker("SendPipelineExecutionStepSuccess", CallbackToken=token, OutputParameters=outputs)
    assert answer == {"PipelineExecutionArn": arn}
    ended = desk.ended(arn)
    assert ended.statuses() == {"Ask": "Succeeded", "Say": "Failed"}
    assert ended.steps["Say"]["FailureReason"] == "yes"
    assert ended.steps["Ask"]["Metadata"]["Callback"]["OutputParameters"] == outputs
    with pytest.raises(AwsError, match="has ended with status Succeeded"):
        desk.sagemaker("SendPipelineExecutionStepFailure", CallbackToken=token, FailureReason="too late")


def test_a_failure_ends_the_execution_with_its_reason(desk: Bench, queue: str) -> None:
    arn, token = waiting(desk, queue)
    desk.sagemaker("SendPipelineExecutionStepFailure", CallbackToken=token, FailureReason="nobody answered")
    ended = desk.ended(arn)
    assert (ended.status, ended.steps["Ask"]["FailureReason"]) == ("Failed", "nobody answered")


def test_a_stopped_execution_waits_for_nobody(desk: Bench, queue: str) -> None:
    arn, token = waiting(desk, queue)
    desk.sagemaker("StopPipelineExecution", PipelineExecutionArn=arn)
    assert desk.ended(arn).statuses() == {"Ask": "Stopped"}
    with pytest.raises(AwsError, match="has ended with status Stopped"):
        desk.sagemaker("SendPipelineExecutionStepSuccess", CallbackToken=token)


def test_without_the_queue_the_step_says_what_is_missing(bench: Bench) -> None:
    ended = bench.run(asking("https://sqs.us-east-1.amazonaws.com/123456789012/nobody-made-it"))
    assert ended.status == "Failed"
    assert "Failed to invoke sqs:SendMessage" in ended.steps["Ask"]["FailureReason"]
