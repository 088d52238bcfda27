"""Clients of one shared server, stacks waited for, and names of a test's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

# A function of a stack may wait for its environment to be built.
PATIENCE_SECONDS = 300.0


@pytest.fixture(scope="session")
def cloudformation(shared_server: Any) -> Any:
    return shared_server.client("cloudformation")


@pytest.fixture(scope="session")
def s3(shared_server: Any) -> Any:
    return shared_server.client("s3")


@pytest.fixture(scope="session")
def logs(shared_server: Any) -> Any:
    return shared_server.client("logs")


@pytest.fixture(scope="session")
def iam(shared_server: Any) -> Any:
    return shared_server.client("iam")


@pytest.fixture(scope="session")
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")


@pytest.fixture
def ended(cloudformation: Any) -> Callable[[str], dict[str, Any]]:
    """Wait until a stack's operation is over; returns its description."""

    def wait(name_or_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name_or_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS") or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
                return stack
            assert time.monotonic() < deadline, f"{name_or_id} is still {stack['StackStatus']}"
            time.sleep(0.02)

    return wait


@pytest.fixture
def physical(cloudformation: Any) -> Callable[[str], dict[str, str]]:
    """{logical id: physical id} of a stack."""

    def of(name: str) -> dict[str, str]:
        found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    return of


@pytest.fixture
def story(cloudformation: Any) -> Callable[[str], list[tuple[str, str]]]:
    """(logical id, status) of every event of a stack, oldest first; the stack's own under its name."""

    def of(name: str) -> list[tuple[str, str]]:
        pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        found = [event for page in pages for event in page["StackEvents"]]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]

    return of
