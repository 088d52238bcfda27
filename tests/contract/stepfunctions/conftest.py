"""A client of Step Functions on a shared server, a role that runs state machines, and executions run to their end."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 300.0
NUMBERS = count()
ROLE = "service-role/AmazonSageMakerServiceCatalogProductsUseRole"
LAMBDA_ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"


@pytest.fixture(scope="session", autouse=True)
def kept_runtimes(shared_server: Any, runtimes: Path) -> None:
    """The built environment is kept between sessions where one asks for it."""
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)


@pytest.fixture(scope="session")
def sfn(shared_server: Any) -> Any:
    return shared_server.client("stepfunctions")


@pytest.fixture(scope="session")
def role(shared_server: Any) -> str:
    return f"arn:aws:iam::{shared_server.config.account}:role/{ROLE}"


@pytest.fixture
def machine(sfn: Any, role: str) -> Callable[..., str]:
    """Make a state machine of its states; the first is where it begins. Returns its ARN."""

    def make(states: dict[str, Any], **more: Any) -> str:
        top = {name: more.pop(name) for name in ("QueryLanguage", "TimeoutSeconds") if name in more}
        definition = {"StartAt": next(iter(states)), "States": states, **top}
        made = sfn.create_state_machine(
            name=f"machine-{next(NUMBERS)}", definition=json.dumps(definition), roleArn=role, **more
        )
        return str(made["stateMachineArn"])

    return make


@pytest.fixture
def ended(sfn: Any) -> Callable[[str], dict[str, Any]]:
    """Wait for an execution's end; returns its description."""

    def wait(arn: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := sfn.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, sfn.get_execution_history(executionArn=arn)["events"][-1]
            time.sleep(0.01)
        return dict(found)

    return wait


@pytest.fixture
def outcome(sfn: Any, machine: Any, ended: Any) -> Callable[..., Any]:
    """The output of states run on an input, or (error, cause) where they fail."""

    def run(states: dict[str, Any], given: Any = None, **more: Any) -> Any:
        arn = machine(states, **more)
        text = json.dumps({} if given is None else given)
        found = ended(sfn.start_execution(stateMachineArn=arn, input=text)["executionArn"])
        if found["status"] == "SUCCEEDED":
            return json.loads(found["output"])
        return found.get("error"), found.get("cause")

    return run


@pytest.fixture
def kinds(sfn: Any) -> Callable[[str], list[str]]:
    """The types of an execution's events, in their order."""

    def of(arn: str) -> list[str]:
        pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event["type"] for page in pages for event in page["events"]]

    return of


@pytest.fixture
def function(shared_server: Any) -> Callable[[str], str]:
    """Make a function of the text of its index.py. Returns its ARN."""
    client = shared_server.client("lambda")

    def make(text: str) -> str:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", text)
        made = client.create_function(
            FunctionName=f"worker-{next(NUMBERS)}",
            Runtime="python3.11",
            Handler="index.handler",
            Role=f"arn:aws:iam::{shared_server.config.account}:role/{LAMBDA_ROLE}",
            Code={"ZipFile": content.getvalue()},
        )
        return str(made["FunctionArn"])

    return make
