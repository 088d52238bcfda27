"""Random requests that AWS's model allows are answered or refused in AWS's words, never with an error of ours."""

from __future__ import annotations

import random
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.services.registry import Services

SAMPLES = 15
SERVICES = ("codepipeline",)
OPERATIONS = [
    (service, name)
    for service in SERVICES
    for name in Models().service(service).operation_names
    if Services().find(service, name) is not None
]
KNOWN = {
    "category": ["Source", "Approval", "Deploy"],
    "provider": ["S3", "Manual", "CodeCommit", "CloudFormation"],
    "owner": ["AWS"],
    "version": ["1"],
    "name": ["fuzzed", "Source", "Ask", "Drop"],
    "pipelineName": ["fuzzed"],
    "stageName": ["Source", "Ask"],
    "actionName": ["Drop", "Person"],
    "resourceArn": ["arn:aws:codepipeline:us-east-1:123456789012:fuzzed", "arn:x"],
    "roleArn": ["arn:aws:iam::123456789012:role/contract-delivery"],
}
ODD = ("", "/", "a::b", "ünïcødé ☃", "two\nlines", "x" * 300, "#{a.b}", "#{", "-1", "{}", "[]")


class Requests:
    """Requests of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def value(self, name: str, shape: Shape) -> Any:
        if isinstance(shape, StructureShape):
            return {
                key: self.value(key, member)
                for key, member in shape.members.items()
                if key in shape.required_members or self._random.random() < 0.3
            }
        if isinstance(shape, ListShape):
            return [self.value(name, shape.member) for _ in range(self._random.randint(0, 3))]
        if isinstance(shape, MapShape):
            keys = ("S3Bucket", "S3ObjectKey", "ActionMode", "us-east-1")
            return {key: self.value(name, shape.value) for key in keys if self._random.random() < 0.5}
        if shape.metadata.get("enum"):
            return self._random.choice(shape.metadata["enum"])
        if shape.type_name == "string":
            return self._random.choice(KNOWN[name] if name in KNOWN and self._random.random() < 0.8 else ODD)
        plain = {"boolean": (True, False), "timestamp": (0.0, 1.7e9)}
        return self._random.choice(plain.get(shape.type_name, (0, 1, 2, 99, -1)))


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_no_request_breaks_an_operation(service, operation, shared_server):
    api = shared_server.api()
    shape = Models().operation(service, operation).input_shape
    broken = []
    for seed in range(SAMPLES):
        params = Requests(seed).value("", shape)
        try:
            api(service, operation, params)
        except AwsError as error:
            if error.status >= 500:
                broken.append((params, error))
    assert broken == []
