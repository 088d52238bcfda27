"""What the contracts of several services share: names of a test's own, projects waited for, a calendar that moves."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from ormer.aws.clock import ManualClock
from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server

PATIENCE_SECONDS = 30.0
PROJECT_SECONDS = 60.0
# A full minute, so that periods begin where tests say.
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


class Timed:
    """A server whose calendar moves when it is told to."""

    def __init__(self, server: Server, clock: ManualClock) -> None:
        self.server = server
        self.clock = clock
        self.stores = server.house.stores

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def client(self, service: str) -> Any:
        key = root_key(self.stores)
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.server.config.endpoint,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret,
        )

    def minutes(self, count: float) -> None:
        """Let so many minutes pass."""
        self.clock.advance(60 * count)


def until(what: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    return until


@pytest.fixture
def timed(tmp_path: Any) -> Iterator[Timed]:
    clock = ManualClock(NOON)
    made = Server(Config(home=tmp_path / "home", port=0, tls_port=0), clock, strict=True)
    made.start()
    yield Timed(made, clock)
    made.stop()


@pytest.fixture(scope="session")
def unique() -> Callable[[str], str]:
    """`unique("run")` is a name that no other test uses."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def settled(sagemaker: Any) -> Callable[[str], dict[str, Any]]:
    """Wait until a project is no longer under way; returns its description."""

    def wait(name: str) -> dict[str, Any]:
        deadline = time.monotonic() + PROJECT_SECONDS
        while True:
            project: dict[str, Any] = sagemaker.describe_project(ProjectName=name)
            if project["ProjectStatus"] != "Pending" and not project["ProjectStatus"].endswith("InProgress"):
                return project
            assert time.monotonic() < deadline, f"{name} is still {project['ProjectStatus']}"
            time.sleep(0.02)

    return wait
