"""Clients of one shared server, and names of a test's own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session")
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")


@pytest.fixture(scope="session")
def metrics(shared_server: Any) -> Any:
    return shared_server.client("sagemaker-metrics")


@pytest.fixture
def unique() -> Callable[[str], str]:
    """`unique("run")` is a name that no other test uses."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def s3(shared_server: Any) -> Any:
    return shared_server.client("s3")


@pytest.fixture
def settled(sagemaker: Any) -> Callable[[str], dict[str, Any]]:
    """Wait until a project is no longer under way; returns its description."""

    def wait(name: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            project: dict[str, Any] = sagemaker.describe_project(ProjectName=name)
            if project["ProjectStatus"] != "Pending" and not project["ProjectStatus"].endswith("InProgress"):
                return project
            assert time.monotonic() < deadline, f"{name} is still {project['ProjectStatus']}"
            time.sleep(0.02)

    return wait


def watched_endpoint(sagemaker: Any) -> str:
    """An endpoint that is there, whether it serves or not."""
    name = "watched"
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": image})
    variant = {"VariantName": "v", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return name
