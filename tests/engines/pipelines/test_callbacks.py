"""Callback steps: whoever has the token ends the step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import build
from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.config import Config
from ormer.engines.pipelines import engine
from ormer.engines.worker import Worker
from ormer.services.registry import Services
from ormer.stores.access import PolicyGate
from ormer.stores.port import Call, Operation, Port

from .conftest import Bench, fail

JsonDict = dict[str, Any]
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/approvals"


class Queue:
    """A queue of our own beside the product's operations: SendMessage keeps what it is given."""

    def __init__(self) -> None:
        self.services = Services()
        self.messages: list[JsonDict] = []

    def find(self, service: str, operation: str) -> Operation | None:
        if (service, operation) == ("sqs", "SendMessage"):
            return self.send
        return self.services.find(service, operation)

    def send(self, call: Call, request: JsonDict) -> JsonDict:
        self.messages.append({"queue": request["QueueUrl"], **json.loads(request["MessageBody"])})
        return {"MessageId": "1", "MD5OfMessageBody": ""}


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def desk(tmp_path: Path, queue: Queue) -> Iterator[Bench]:
    """A bench with the queue, whose role may send to it."""
    house = build(Config(home=tmp_path / "home", port=0, tls_port=0), ManualClock(), strict=True)
    house.port = Port(house.stores, queue, PolicyGate(house.stores), Models(), strict=True)
    worker = Worker(house.stores, house.port, {"pipeline_execution": engine.run})
    worker.start()
    made = Bench(house, worker)
    policy = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    role = "AmazonSageMakerServiceCatalogProductsUseRole"
    text = json.dumps({"Version": "2012-10-17", **policy})
    made.api("iam", "PutRolePolicy", {"RoleName": role, "PolicyName": "send", "PolicyDocument": text})
    yield made
    worker.stop()
    house.stores.close()


def asking() -> list[JsonDict]:
    ask = {
        "Name": "Ask",
        "Type": "Callback",
        "Arguments": {"who": {"Get": "Execution.PipelineName"}},
        "SqsQueueUrl": QUEUE,
        "OutputParameters": [{"OutputName": "answer", "OutputType": "String"}],
    }
    return [ask, fail("Say", {"Get": "Steps.Ask.OutputParameters['answer']"})]


def waiting(desk: Bench, queue: Queue) -> tuple[str, str]:
    desk.create("p", asking())
    arn = desk.start("p")
    desk.until(lambda: desk.steps(arn).get("Ask", {}).get("StepStatus") == "Executing")
    message = queue.messages[0]
    assert (message["queue"], message["arguments"], message["pipelineExecutionArn"]) == (QUEUE, {"who": "p"}, arn)
    shown = desk.steps(arn)["Ask"]["Metadata"]["Callback"]
    assert shown == {"CallbackToken": message["token"], "SqsQueueUrl": QUEUE}
    return arn, message["token"]


def test_a_success_carries_its_outputs_to_the_steps_behind(desk: Bench, queue: Queue) -> None:
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


def test_a_failure_ends_the_execution_with_its_reason(desk: Bench, queue: Queue) -> None:
    arn, token = waiting(desk, queue)
    desk.sagemaker("SendPipelineExecutionStepFailure", CallbackToken=token, FailureReason="nobody answered")
    ended = desk.ended(arn)
    assert (ended.status, ended.steps["Ask"]["FailureReason"]) == ("Failed", "nobody answered")


def test_a_stopped_execution_waits_for_nobody(desk: Bench, queue: Queue) -> None:
    arn, token = waiting(desk, queue)
    desk.sagemaker("StopPipelineExecution", PipelineExecutionArn=arn)
    assert desk.ended(arn).statuses() == {"Ask": "Stopped"}
    with pytest.raises(AwsError, match="has ended with status Stopped"):
        desk.sagemaker("SendPipelineExecutionStepSuccess", CallbackToken=token)


def test_without_a_queue_service_the_step_says_what_is_missing(bench: Bench) -> None:
    ended = bench.run(asking())
    assert ended.status == "Failed"
    assert "Failed to invoke sqs:SendMessage" in ended.steps["Ask"]["FailureReason"]
