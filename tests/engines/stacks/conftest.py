"""A bench for the stacks engine: real stores, operations and workers, in process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.stacks import engine
from ormer.engines.worker import Worker
from ormer.stores import events
from ormer.stores.stacks import members

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
PATIENCE_SECONDS = 60.0


class Bench:
    """Stacks made, changed and waited for."""

    def __init__(self, house: House, worker: Worker) -> None:
        self.house = house
        self.worker = worker
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def cloudformation(self, operation: str, **params: Any) -> JsonDict:
        return self.api("cloudformation", operation, params)

    def create(self, name: str, resources: JsonDict, **more: Any) -> JsonDict:
        """Create and wait; returns the stack."""
        self.begin(name, resources, **more)
        return self.ended(name)

    def begin(self, name: str, resources: JsonDict, **more: Any) -> str:
        return str(self.cloudformation("CreateStack", StackName=name, **_request(resources, more))["StackId"])

    def update(self, name: str, resources: JsonDict, **more: Any) -> JsonDict:
        """Update and wait; returns the stack."""
        self.cloudformation("UpdateStack", StackName=name, **_request(resources, more))
        return self.ended(name)

    def delete(self, name: str, **more: Any) -> JsonDict:
        """Delete and wait; returns the stack."""
        arn = str(self.stack(name)["StackId"])
        self.cloudformation("DeleteStack", StackName=name, **more)
        return self.ended(arn)

    def stack(self, name: str) -> JsonDict:
        found: JsonDict = self.cloudformation("DescribeStacks", StackName=name)["Stacks"][0]
        return found

    def ended(self, name: str) -> JsonDict:
        self.until(lambda: not self.stack(name)["StackStatus"].endswith("_IN_PROGRESS"))
        return self.stack(name)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    def resources(self, name: str) -> dict[str, JsonDict]:
        """{logical id: resource} of a stack."""
        found = self.cloudformation("DescribeStackResources", StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one for one in found}

    def physical(self, name: str) -> dict[str, str]:
        return {logical: one["PhysicalResourceId"] for logical, one in self.resources(name).items()}

    def story(self, name: str) -> list[tuple[str, str]]:
        """(logical id, status) of every event, oldest first."""
        found = self.cloudformation("DescribeStackEvents", StackName=name)["StackEvents"]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]

    def buckets(self) -> set[str]:
        return {one["Name"] for one in self.api("s3", "ListBuckets", {})["Buckets"]}

    def groups(self) -> dict[str, JsonDict]:
        """{name: log group}."""
        return {one["logGroupName"]: one for one in self.api("logs", "DescribeLogGroups", {})["logGroups"]}

    def events(self, detail_type: str) -> list[JsonDict]:
        with self.house.stores.database.read() as tx:
            return [one for one in events.after(tx, 0, 100_000) if one["detail_type"] == detail_type]

    def rows(self, name: str) -> list[members.Member]:
        """Every row of a stack's resources."""
        with self.house.stores.database.read() as tx:
            return members.of(tx, self.stack(name)["StackId"])

    def close(self) -> None:
        self.worker.stop()
        self.house.stores.close()


def _request(resources: JsonDict, more: JsonDict) -> JsonDict:
    """A request's members; what is a section of a template goes into the template."""
    sections = {name: more.pop(name) for name in ("Outputs", "Conditions", "Mappings", "Rules") if name in more}
    if "Declared" in more:
        sections["Parameters"] = more.pop("Declared")
    return {"TemplateBody": json.dumps({**sections, "Resources": resources}), **more}


def bucket(**properties: Any) -> JsonDict:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def group(name: Any = None, days: int | None = None, **more: Any) -> JsonDict:
    """A log group; `more` are members of the declaration."""
    properties = {"LogGroupName": name, "RetentionInDays": days}
    given = {key: value for key, value in properties.items() if value is not None}
    return {"Type": "AWS::Logs::LogGroup", "Properties": given, **more}


def failing(**more: Any) -> JsonDict:
    """A resource that cannot be made: its model package is not there."""
    containers = [{"ModelPackageName": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/none/1"}]
    return {"Type": "AWS::SageMaker::Model", "Properties": {"Containers": containers}, **more}


def bench_in(home: Path, clock: ManualClock | None = None, threads: int = 4, started: bool = True) -> Bench:
    """A bench whose worker runs, unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0), clock, strict=True)
    worker = Worker(house.stores, house.port, {"stack": engine.run}, threads)
    if started:
        worker.start()
    return Bench(house, worker)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home", clock)
    yield made
    made.close()
