"""Endpoints put together by hand: routes over real model servers, each a process behind a unix socket."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from ormer.engines.hosting.routes import Answer, Instance, Route, Variant

PROGRAM = Path(__file__).with_name("model_server.py")
MORTAL = Path(__file__).with_name("mortal_server.py")


class Doubling:
    """An evaluator: a number doubled; None for bodies that only a server can tell."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer | None:
        if body.startswith(b"server"):
            return None
        if body.startswith(b"wrong"):
            return Answer(415, b"that is no number", "text/plain")
        return Answer(200, b"%d" % (2 * int(body.split(b",")[0] or 0)), "text/csv; charset=utf-8")


@dataclass
class Models:
    """Starts model servers; all of them are gone at the test's end."""

    folder: Path
    processes: dict[str, Any]

    def start(self, name: str) -> Instance:
        """An instance whose one container tells its name."""
        socket = self.folder / f"{name}.sock"
        process = subprocess.Popen([sys.executable, str(PROGRAM), str(socket), name], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        self.processes[name] = process
        return Instance(name, (socket,), f"AllTraffic/{name}")

    def kill(self, name: str) -> None:
        process = self.processes[name]
        process.kill()
        process.wait()
        (self.folder / f"{name}.sock").unlink(missing_ok=True)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def models() -> Iterator[Models]:
    # A socket's path may be 107 bytes long, so not below pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="om-"))
    made = Models(folder, {})
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def route(server: Any) -> Callable[..., Route]:
    """`route("one", variant, …)` puts an endpoint into the server and returns its route."""

    def put(name: str, *variants: Variant, **more: Any) -> Route:
        account, region = server.config.account, server.config.region
        arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/{name}"
        made = replace(Route(arn, account, region, name, f"{name}-config", variants), **more)
        server.house.routes.put(made)
        return made

    return put


@pytest.fixture
def runtime(server: Any) -> Any:
    return server.client("sagemaker-runtime")


@pytest.fixture
def fast() -> Variant:
    """A variant that answers in the server's own process."""
    return Variant("AllTraffic", 1.0, evaluator=Doubling())


class Mortal:
    """The server of mortal_server.py, in a process of its own that can be killed."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen([sys.executable, str(MORTAL), str(home)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port, key_id, secret = self.process.stdout.readline().split()[-3:]
        self.arguments = {
            "endpoint_url": f"http://127.0.0.1:{port}",
            "region_name": "us-east-1",
            "aws_access_key_id": key_id,
            "aws_secret_access_key": secret,
            "config": ClientConfig(retries={"total_max_attempts": 1}),
        }

    def client(self, service: str) -> Any:
        return boto3.session.Session().client(service, **self.arguments)  # type: ignore[call-overload]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def mortal() -> type[Mortal]:
    """`mortal(home)` starts a server to be killed."""
    return Mortal
