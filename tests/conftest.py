"""Fixtures for every room: a house without HTTP, and a real server on a free port with real clients."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from ormer import templates
from ormer.app import House, build
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.hosting.instances import running_instances
from ormer.engines.tracking.folders import running_servers
from ormer.first_run import root_key
from ormer.server import Server
from ormer.stores.port import Api

# One project template more than users have, small enough for tests.
templates.__path__.append(str(Path(__file__).with_name("project_templates")))

OPEN_FILES_MAX = 400


def end_instances(home: Path) -> None:
    """End what endpoints and tracking servers of a home still run: it outlives ormer on purpose, but no test."""
    for handle in [*running_instances(home), *running_servers(home)]:
        handle.kill()
        handle.wait(20)
        handle.close()


@pytest.fixture(autouse=True, scope="module")
def few_open_files() -> Iterator[None]:
    """Servers that have ended hold their files until Python finds their cycles, which a full heap delays."""
    yield
    if len(os.listdir("/proc/self/fd")) > OPEN_FILES_MAX:
        gc.collect()


@pytest.fixture(scope="session")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where built runtimes are kept for all tests of the session, or for good in ORMER_TEST_RUNTIMES."""
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    if not kept:
        return tmp_path_factory.mktemp("runtimes")
    Path(kept).mkdir(parents=True, exist_ok=True)
    return Path(kept).absolute()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home", port=0, tls_port=0)


@pytest.fixture
def house(config: Config) -> Iterator[House]:
    """Stores, port and worker, started; answers are checked for required members."""
    made = build(config, strict=True)
    made.start()
    yield made
    made.stop()
    end_instances(config.home)


@pytest.fixture
def api(house: House) -> Api:
    """Call an operation in process as root: `api("sagemaker", "ListModels", {})`."""
    return house.port.acting_as(root_identity(house.config.account), house.config.region)


@dataclass
class Live:
    """A server that listens, and clients of it."""

    server: Server

    @property
    def config(self) -> Config:
        return self.server.config

    @property
    def house(self) -> House:
        return self.server.house

    def client(self, service: str, region: str | None = None, **credentials: str) -> Any:
        """A boto3 client; as root unless other credentials are given."""
        key = root_key(self.house.stores)
        signing = credentials or {"aws_access_key_id": key.access_key_id, "aws_secret_access_key": key.secret}
        return boto3.client(
            service,
            region_name=region or self.config.region,
            endpoint_url=self.config.endpoint,
            # An invocation waits for an environment that has to be built first.
            config=ClientConfig(retries={"max_attempts": 1}, read_timeout=300),
            **signing,
        )

    def api(self) -> Api:
        """The operations in process, as root."""
        return self.house.port.acting_as(root_identity(self.config.account), self.config.region)


@pytest.fixture
def server(config: Config) -> Iterator[Live]:
    """A real server on free ports in this process; answers are checked for required members."""
    made = Server(config, strict=True)
    made.start()
    yield Live(made)
    made.stop()
    end_instances(config.home)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for many tests that keep to names of their own."""
    home = tmp_path_factory.mktemp("shared") / "home"
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Live(made)
    made.stop()
    end_instances(home)
