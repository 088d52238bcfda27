"""A house whose calendar the test moves, with what rules start: a pipeline that ends at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import Clock, ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.first_run import use_role_arn
from ormer.stores import resources
from ormer.stores.rules import deliveries
from ormer.stores.rules.deliveries import Delivery
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = use_role_arn(ACCOUNT)
PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/told"
PATIENCE_SECONDS = 60.0
# 2023-11-14T22:13:20Z
START = 1_700_000_000.0


class Bench:
    """A started house and the operations in process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.api = house.port.acting_as(root_identity(ACCOUNT), REGION)
        self.pipeline_arn = PIPELINE

    def events(self, operation: str, **params: Any) -> JsonDict:
        return self.api("events", operation, params)

    def scheduler(self, operation: str, **params: Any) -> JsonDict:
        return self.api("scheduler", operation, params)

    def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until it holds and return what it was; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := holds()):
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)
        return found

    def pipeline(self) -> str:
        """A pipeline that fails with the message it is given, which shows that it ran and with what."""
        step = {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.message"}}}
        parameter = {"Name": "message", "Type": "String", "DefaultValue": "nothing"}
        definition = {"Version": "2020-12-01", "Parameters": [parameter], "Steps": [step]}
        self.api(
            "sagemaker",
            "CreatePipeline",
            {
                "PipelineName": "told",
                "PipelineDefinition": json.dumps(definition),
                "RoleArn": ROLE,
                "ClientRequestToken": "t" * 32,
            },
        )
        return PIPELINE

    def starts(self) -> list[str]:
        """The messages that executions were started with, oldest first."""
        with self.house.stores.database.read() as tx:
            rows = resources.select(tx, table.c.kind == "PipelineExecution")
        return [row.facts["parameters"]["message"] for row in rows]

    def deliveries(self, sender: str) -> list[Delivery]:
        with self.house.stores.database.read() as tx:
            return deliveries.of(tx, sender, 10_000)

    def target(self, message: str = "hello", **more: Any) -> JsonDict:
        """The pipeline as a target of a rule."""
        given = {"PipelineParameterList": [{"Name": "message", "Value": message}]}
        return {"Id": "one", "Arn": PIPELINE, "RoleArn": ROLE, "SageMakerPipelineParameters": given, **more}

    def rule(self, name: str, pattern: JsonDict, *targets: JsonDict, **more: Any) -> str:
        """A rule with a pattern and targets. Returns its ARN."""
        made = self.events("PutRule", Name=name, EventPattern=json.dumps(pattern), **more)
        if targets:
            self.events("PutTargets", Rule=name, Targets=list(targets))
        return str(made["RuleArn"])

    def send(self, detail: JsonDict, source: str = "shop", **more: Any) -> str:
        """One event of one's own. Returns its id."""
        entry = {"Source": source, "DetailType": "Order", "Detail": json.dumps(detail), **more}
        (answer,) = self.events("PutEvents", Entries=[entry])["Entries"]
        return str(answer["EventId"])

    def close(self) -> None:
        self.house.stop()


def bench_in(home: Path, clock: Clock | None = None, started: bool = True, **settings: Any) -> Bench:
    """A bench in this home; its engines move unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0, **settings), clock, strict=True)
    if started:
        house.start()
    return Bench(house)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home", clock)
    yield made
    made.close()
