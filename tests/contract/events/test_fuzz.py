"""Random valid requests of every operation, many on the same few names: an answer or AWS's error, never our own."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.app import House, build
from ormer.aws.checks import java_pattern
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.aws.models import Models
from ormer.config import Config
from ormer.services.registry import Services
from ormer.stores.port import Api

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
ROUNDS = 60
# Texts that mean something somewhere; a member takes one of those its constraints allow.
TEXTS = (
    "a",
    "b",
    "default",
    "1",
    "$.detail.a",
    "shop",
    "{}",
    '{"source": ["shop"]}',
    '{"detail": {"a": [{"exists": false}]}}',
    '"text <a>"',
    "rate(1 minute)",
    "rate(2 hours)",
    "cron(0 12 * * ? *)",
    "cron(0 0 ? * 9L *)",
    "cron(61 0 * * ? *)",
    "cron(a b c d e f)",
    "at(2030-01-01T00:00:00)",
    "UTC",
    "Europe/Berlin",
    "é\n☃",
    "https://example.com/a/*",
    "http://127.0.0.1:1/",
    "10",
    f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole",
    f"arn:aws:sagemaker:{HERE}:pipeline/p",
    f"arn:aws:codepipeline:{HERE}:p",
    f"arn:aws:codebuild:{HERE}:project/p",
    f"arn:aws:logs:{HERE}:log-group:a",
    f"arn:aws:sns:{HERE}:a",
    f"arn:aws:sqs:{HERE}:a",
    f"arn:aws:events:{HERE}:event-bus/default",
    f"arn:aws:events:{HERE}:event-bus/a",
    f"arn:aws:events:{HERE}:rule/a",
    f"arn:aws:events:{HERE}:archive/a",
    f"arn:aws:scheduler:{HERE}:schedule-group/a",
    "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
    "arn:aws:scheduler:::aws-sdk:nothing:doIt",
    "a" * 40,
)


# What members of these names most often hold, so that requests meet each other's resources.
NAMES = ("Name", "Rule", "ArchiveName", "ReplayName", "NamePrefix")
LIKELY: dict[str, tuple[str, ...]] = dict.fromkeys(NAMES, ("a",)) | {
    "Id": ("a", "1"),
    "GroupName": ("default", "a"),
    "EventBusName": ("default", "a"),
    "EventPattern": ('{"source": ["shop"]}',),
    "ScheduleExpression": ("rate(2 hours)", "cron(0 12 * * ? *)"),
    "ScheduleExpressionTimezone": ("UTC", "Europe/Berlin"),
    "Arn": tuple(text for text in TEXTS if ":event-bus/" in text or ":pipeline/" in text),
    "ResourceARN": tuple(text for text in TEXTS if ":event-bus/" in text or ":rule/" in text),
    "EventSourceArn": tuple(text for text in TEXTS if ":event-bus/" in text or ":archive/" in text),
    "RoleArn": tuple(text for text in TEXTS if ":role/" in text),
    "InvocationEndpoint": ("https://example.com/a/*",),
}


EVENT = {"id": "1", "account": ACCOUNT, "source": "shop", "time": "2026-01-01T00:00:00Z", "region": "us-east-1"}
LIKELY["Event"] = (json.dumps({**EVENT, "resources": [], "detail-type": "a"}),)


class Maker:
    """Random values that satisfy the model's constraints, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, shape: Shape, member: str = "") -> Any:
        if isinstance(shape, StructureShape):
            return {
                name: made
                for name, inner in shape.members.items()
                if name in shape.required_members or self.random.random() < 0.3
                if (made := self.value(inner, name)) is not None
            }
        if isinstance(shape, ListShape):
            count = self.random.randint(int(shape.metadata.get("min", 0)), 2)
            return [made for _ in range(max(count, 0)) if (made := self.value(shape.member)) is not None]
        if isinstance(shape, MapShape):
            made = {self.value(shape.key): self.value(shape.value) for _ in range(self.random.randint(0, 2))}
            return {key: value for key, value in made.items() if key is not None and value is not None}
        return self.scalar(shape, member)

    def scalar(self, shape: Shape, member: str) -> Any:
        rules = shape.metadata
        if shape.type_name == "string":
            return self.text(rules, member)
        if shape.type_name in ("integer", "long"):
            return self.random.randint(int(rules.get("min", 0)), min(int(rules.get("max", 100)), 1000))
        if shape.type_name == "boolean":
            return self.random.random() < 0.5
        assert shape.type_name == "timestamp", shape.type_name
        return self.random.choice([0.0, 1_600_000_000.0, 1_900_000_000.5, "2030-01-01T00:00:00Z"])

    def text(self, rules: dict[str, Any], member: str) -> str | None:
        if rules.get("enum"):
            return str(self.random.choice(rules["enum"]))
        fits = java_pattern(rules["pattern"]).fullmatch if "pattern" in rules else bool
        low, high = rules.get("min", 0), rules.get("max", 10_000)
        texts = LIKELY[member] if member in LIKELY and self.random.random() < 0.8 else TEXTS
        found = [one for one in texts if low <= len(one) <= high and fits(one)]
        return self.random.choice(found) if found else None


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = build(Config(home=tmp_path_factory.mktemp("fuzz") / "home", port=0, tls_port=0), strict=True)
    made.start()
    yield made
    made.stop()


def operations(service: str) -> list[str]:
    services = Services()
    return [name for name in Models().service(service).operation_names if services.find(service, name) is not None]


def _outcome(api: Api, service: str, name: str, params: Any) -> tuple[int, str]:
    """The status and text of the answer."""
    try:
        api(service, name, params)
    except AwsError as error:
        return error.status, error.message
    return 200, "answered"


@pytest.mark.parametrize("service", ["events", "scheduler"])
def test_random_requests_are_answered_or_refused_in_awss_words(house: House, service: str) -> None:
    api = house.port.acting_as(root_identity(ACCOUNT), "us-east-1")
    names = operations(service)
    answered = set()
    for seed in range(ROUNDS):
        for name in names:
            shape = house.port.models.operation(service, name).input_shape
            params = Maker(seed * 1000 + names.index(name)).value(shape) if shape is not None else {}
            status, text = _outcome(api, service, name, params)
            assert status < 500 and text, (name, params)
            if status == 200:
                answered.add(name)
    # What hangs on ARNs with random ends, or on two names at once, needs more luck than this.
    lucky = {name for name in names if name.endswith(("Replay", "Connection", "ApiDestination", "Permission"))}
    assert set(names) - answered <= lucky


def test_nothing_that_random_requests_left_makes_a_task_raise(house: House, capsys: Any) -> None:
    api = house.port.acting_as(root_identity(ACCOUNT), "us-east-1")
    entry = {"Source": "shop", "DetailType": "a", "Detail": '{"a": "1"}'}
    assert api("events", "PutEvents", {"Entries": [entry] * 5})["FailedEntryCount"] == 0
    while not house.worker.idle():
        pass
    assert "task raised" not in capsys.readouterr().out
