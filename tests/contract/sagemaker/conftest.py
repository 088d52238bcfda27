"""Clients of one shared server, and names of a test's own."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")


@pytest.fixture(scope="session")
def metrics(shared_server: Any) -> Any:
    return shared_server.client("sagemaker-metrics")


@pytest.fixture(scope="session")
def s3(shared_server: Any) -> Any:
    return shared_server.client("s3")


@pytest.fixture(scope="session")
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
