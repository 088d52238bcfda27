"""Random valid requests of every operation, many on the same few names: an answer or AWS's error, never our own."""

from __future__ import annotations

import random
import time
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from ormer.app import House
from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.services.registry import Services
from ormer.stores.port import Api

ROUNDS = 40
SETTLE_SECONDS = 60.0
TEXTS = ("a", "b", "a:b", "version: 0.2\nphases: {}\n", "bucket/key", "arn:aws:s3:::a/b", "é\n☃", "1")
LIKELY = {"name": ("a", "b"), "projectName": ("a", "b"), "type": ("NO_SOURCE", "NO_ARTIFACTS", "LINUX_CONTAINER")}


class Maker:
    """Random values that satisfy the model's types and enums, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, shape: Shape, member: str = "") -> Any:
        if isinstance(shape, StructureShape):
            return {
                name: self.value(inner, name)
                for name, inner in shape.members.items()
                if name in shape.required_members or self.random.random() < 0.25
            }
        if isinstance(shape, ListShape):
            count = self.random.randint(int(shape.metadata.get("min", 0)), 2)
            return [self.value(shape.member) for _ in range(count)]
        if shape.type_name in ("integer", "long"):
            return self.random.randint(int(shape.metadata.get("min", 0)), 2000)
        if shape.type_name == "boolean":
            return self.random.random() < 0.5
        return self.text(shape, member)

    def text(self, shape: Shape, member: str) -> str:
        allowed = shape.metadata.get("enum")
        if allowed:
            likely = [each for each in LIKELY.get(member, ()) if each in allowed]
            return str(self.random.choice(likely or allowed))
        return self.random.choice(LIKELY.get(member, TEXTS))


def status_of(api: Api, name: str, params: Any) -> int:
    try:
        api("codebuild", name, params)
    except AwsError as error:
        return error.status
    return 200


def test_random_requests_are_answered_or_refused_in_awss_words(house: House, api: Api, capsys: Any) -> None:
    services, models = Services(), Models()
    names = [name for name in models.service("codebuild").operation_names if services.find("codebuild", name)]
    for seed in range(ROUNDS):
        for number, name in enumerate(names):
            params = Maker(seed * 1000 + number).value(models.operation("codebuild", name).input_shape)
            assert status_of(api, name, params) < 500, (name, params)
    deadline = time.monotonic() + SETTLE_SECONDS
    while api("codebuild", "ListBuilds", {})["ids"] and not settled(api) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "task raised" not in capsys.readouterr().out


def settled(api: Api) -> bool:
    """Whether no build that random requests left is under way."""
    identifiers = api("codebuild", "ListBuilds", {})["ids"]
    builds = api("codebuild", "BatchGetBuilds", {"ids": identifiers[:100]})["builds"]
    return all(build["buildComplete"] for build in builds)
