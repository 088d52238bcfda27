"""A bench for projects: real stores, operations and workers, in process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.delivery import engine as delivery
from ormer.engines.projects import engine
from ormer.engines.stacks import engine as stacks
from ormer.engines.worker import Worker
from ormer.stores import products, resources
from ormer.stores.resources import Row
from ormer.stores.stacks import members

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
PATIENCE_SECONDS = 60.0
KINDS = ("project", "stack", "delivery")


class Bench:
    """Projects made, changed and waited for."""

    def __init__(self, house: House, worker: Worker) -> None:
        self.house = house
        self.worker = worker
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def __call__(self, operation: str, **params: Any) -> JsonDict:
        return self.api("sagemaker", operation, params)

    def begin(self, name: str, **parameters: str) -> str:
        """Create a project of the tiny template; returns its id."""
        product = products.find("tiny")
        assert product is not None
        pairs = [{"Key": key, "Value": value} for key, value in parameters.items()]
        details = {"ProductId": product.product_id, "ProvisioningParameters": pairs}
        made = self("CreateProject", ProjectName=name, ServiceCatalogProvisioningDetails=details)
        return str(made["ProjectId"])

    def create(self, name: str, **parameters: str) -> Row:
        """Create and wait; returns the project's row."""
        self.begin(name, **parameters)
        self.ended(name)
        return self.row(name)

    def row(self, name: str) -> Row:
        with self.house.stores.database.read() as tx:
            found = resources.get(tx, f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:project/{name}")
        assert found is not None
        return found

    def ended(self, name: str) -> JsonDict:
        def over() -> bool:
            status = self("DescribeProject", ProjectName=name)["ProjectStatus"]
            return status != "Pending" and not status.endswith("InProgress")

        self.until(over)
        return self("DescribeProject", ProjectName=name)

    def members(self, row: Row) -> list[members.Member]:
        with self.house.stores.database.read() as tx:
            return members.of(tx, row.facts["stack"])

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    def close(self) -> None:
        self.worker.stop()
        self.house.stores.close()


def bench_in(home: Path, threads: int = 4, started: bool = True) -> Bench:
    """A bench whose worker runs, unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0), strict=True)
    functions = {"project": engine.run, "stack": stacks.run, "delivery": delivery.run}
    worker = Worker(house.stores, house.port, functions, threads)
    if started:
        worker.start()
    return Bench(house, worker)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home")
    yield made
    made.close()
