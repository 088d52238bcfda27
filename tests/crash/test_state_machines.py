"""kill -9 at the commits of a state machine: it comes to its end, and nothing that it asked for was asked twice."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.crash.lives import Patient, lives

from ormer.first_run import use_role_arn

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ITEMS = 3
SAMPLE = 8
PATIENCE_SECONDS = 120.0
CODE = "def handler(event, context): return event['n'] + 1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerProjectsLambdaRole"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
INNER = {"StartAt": "In", "States": {"In": {"Type": "Wait", "Seconds": 1, "End": True}}}
# Of the events of a story without a kill: what was asked, and how each ended.
ASKED = {
    "LambdaFunctionScheduled": 1,
    "LambdaFunctionSucceeded": 1,
    "TaskScheduled": ITEMS + 1,
    "TaskSucceeded": ITEMS + 1,
    "TaskSubmitted": 1,
    "MapIterationStarted": ITEMS,
    "MapIterationSucceeded": ITEMS,
    "ExecutionSucceeded": 1,
}


def outer(function: str) -> JsonDict:
    """A function is asked, items become rules, and another execution is waited for."""
    rule = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:eventbridge:putRule",
        "Parameters": {"Name.$": "States.Format('rule-{}', $)", "EventPattern": '{"source": ["none"]}'},
        "End": True,
    }
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {"Type": "Task", "Resource": function, "ResultPath": "$.n", "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "MaxConcurrency": 2,
                "ItemProcessor": {"StartAt": "Rule", "States": {"Rule": rule}},
                "ResultPath": None,
                "Next": "Run",
            },
            "Run": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": f"{MACHINE}inner"},
                "OutputPath": "$.Status",
                "End": True,
            },
        },
    }


def tell(client: Patient) -> None:
    """Make both state machines, run the outer one, and look at what it asked for."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", CODE)
    words = {"FunctionName": "adds", "Runtime": "python3.11", "Handler": "index.handler", "Role": ROLE}
    client.call("lambda", "create_function", **words, Code={"ZipFile": content.getvalue()})
    role = use_role_arn(ACCOUNT)
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:adds"
    for name, definition in (("inner", INNER), ("outer", outer(function))):
        client.call("stepfunctions", "create_state_machine", name=name, definition=json.dumps(definition), roleArn=role)
    given = json.dumps({"n": 1, "items": list(range(ITEMS))})
    asked = {"stateMachineArn": f"{MACHINE}outer", "name": "story", "input": given}
    arn = client.call("stepfunctions", "start_execution", **asked)["executionArn"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := client.call("stepfunctions", "describe_execution", executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, "it does not come to its end"
        time.sleep(0.1)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", "SUCCEEDED")
    events = client.call("stepfunctions", "get_execution_history", executionArn=arn, maxResults=1000)["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    counted = Counter(event["type"] for event in events)
    assert {kind: counted[kind] for kind in ASKED} == ASKED
    inner = client.call("stepfunctions", "list_executions", stateMachineArn=f"{MACHINE}inner")["executions"]
    assert [one["status"] for one in inner] == ["SUCCEEDED"]


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_a_state_machine_asks_for_everything_once_whichever_commit_the_server_is_killed_at(
    killed_at_commits: Callable[..., None],
) -> None:
    killed_at_commits(_story, "a state machine", SAMPLE)


def _story(home: Path, kills: Sequence[str]) -> tuple[int, int]:
    """(commits of the last server, how many were killed) of one story."""
    with lives(home, kills) as servers:
        servers.await_answer()
        tell(Patient(servers))
    return servers.commits, servers.killed
