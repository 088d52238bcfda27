"""A house whose endpoints are real: stores, port, worker and hosting engine, and a guest who asks through routes."""

from __future__ import annotations

import http.client
import io
import random
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ormer.aws.clock import Clock, WallClock
from ormer.aws.identities import root_identity
from ormer.aws.models import Models
from ormer.config import Config
from ormer.engines.hosting.attending import TASK
from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.engine import HostingEngine
from ormer.engines.hosting.evaluating import Build
from ormer.engines.hosting.pulse import Patience
from ormer.engines.hosting.routes import Instance, Route, Routes, Variant
from ormer.engines.jobs import programs_folder
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.instances import Machine, this_machine
from ormer.engines.worker import Worker
from ormer.first_run import settle
from ormer.services.registry import Services
from ormer.stores import resources, tasks
from ormer.stores.access import PolicyGate
from ormer.stores.port import Port
from ormer.stores.stores import Stores, open_stores
from ormer.stores.tables import log_events, log_streams

JsonDict = dict[str, Any]
BUCKET = "models-of-endpoints"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
PYTHON_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
XGBOOST_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
WAIT_SECONDS = 120.0
# Answers who it is; {name} stands for the model.
TELLER = """
import os, socket
def model_fn(folder):
    print("the model {name} is here", flush=True)
    return "{name}"
def transform_fn(model, body, content_type, accept):
    return model + " " + socket.gethostname(), "text/plain"
"""
HURRIED = Patience(well=0.2, retry=0.1, sick=1.0, busy=2.0, idle=1.0, measure=0.5)


def archive(files: dict[str, bytes | str]) -> bytes:
    """A model.tar.gz."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as opened:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return made.getvalue()


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def exchange(path: Path, method: str, target: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """One request to a model server: (status, body)."""
    connection = UnixConnection(path)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass
class Hotel:
    """What a test talks to. `call` answers an operation as root."""

    config: Config
    stores: Stores
    port: Port
    engine: HostingEngine
    worker: Worker
    gone: bool = False

    def call(self, operation: str, params: JsonDict) -> JsonDict:
        return self.port.call(root_identity(self.config.account), self.config.region, "sagemaker", operation, params)

    def put(self, key: str, data: bytes) -> str:
        self.stores.objects.put_bytes(BUCKET, key, data)
        return f"s3://{BUCKET}/{key}"

    def model(self, name: str, code: str = TELLER, image: str = PYTHON_IMAGE, **container: Any) -> str:
        """Create a model of a program with model_fn and the like."""
        uri = self.put(f"{name}/model.tar.gz", archive({"code/inference.py": code.replace("{name}", name)}))
        primary = {"Image": image, "ModelDataUrl": uri, **container}
        self.call("CreateModel", {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": primary})
        return name

    def configure(self, name: str, *variants: JsonDict, **more: Any) -> str:
        """Create a configuration; a variant is `{"ModelName": ...}` and what differs from one ml.m5.large."""
        full = []
        for number, variant in enumerate(variants):
            instances = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
            instances = {} if variant.get("ServerlessConfig") else instances
            full.append({"VariantName": f"v{number + 1}", **instances, **variant})
        self.call("CreateEndpointConfig", {"EndpointConfigName": name, "ProductionVariants": full, **more})
        return name

    def serve(self, name: str, *variants: JsonDict, **more: Any) -> JsonDict:
        """Create a configuration and its endpoint, and wait until it has settled."""
        self.configure(name, *variants, **more)
        self.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})
        return self.settled(name)

    def settled(self, name: str) -> JsonDict:
        """DescribeEndpoint once the endpoint moves no more."""
        return self.until(
            name, lambda found: found["EndpointStatus"] in ("InService", "Failed", "UpdateRollbackFailed")
        )

    def until(self, name: str, met: Callable[[JsonDict], bool]) -> JsonDict:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = self.call("DescribeEndpoint", {"EndpointName": name})
            if met(found):
                return found
            time.sleep(0.02)
        raise TimeoutError(f"the endpoint {name} after {WAIT_SECONDS} seconds: {found}")

    def eventually(self, met: Callable[[], Any]) -> Any:
        """What `met` answers once that is true."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if found := met():
                return found
            time.sleep(0.02)
        raise TimeoutError(f"not within {WAIT_SECONDS} seconds")

    def route(self, name: str) -> Route | None:
        return self.engine.routes.find(self.config.account, self.config.region, name)

    def instances(self, name: str) -> list[Instance]:
        """Every instance in the endpoint's route."""
        route = self.route(name)
        return [each for variant in route.variants for each in variant.instances] if route else []

    def ask(self, name: str, body: bytes = b"x", **headers: str) -> tuple[int, str]:
        """Invoke as the lane does: a variant by weight, an instance of it, counted while it answers."""
        # A server that has just started takes endpoints up one by one.
        variant = self.eventually(lambda: chosen(self.route(name)))
        if not variant.instances and variant.wake is not None:
            variant.wake()
            variant = self.eventually(
                lambda: next((each for each in self.route(name).variants if each.instances), None)
            )
        instance = random.choice(variant.instances)
        instance.active += 1
        try:
            status, answer = exchange(instance.sockets[-1], "POST", "/invocations", body, **headers)
        finally:
            instance.active -= 1
        return status, answer.decode()

    def log(self, name: str) -> list[tuple[str, str]]:
        """(stream, line) of everything in the endpoint's streams, in order."""
        with self.stores.database.read() as tx:
            rows = tx.all(
                sa.select(log_streams.c.stream, log_events.c.message)
                .join(log_events, log_events.c.stream_id == log_streams.c.id)
                .where(log_streams.c.group == f"/aws/sagemaker/Endpoints/{name}")
                .order_by(log_streams.c.stream, log_events.c.id)
            )
        return [(row["stream"], row["message"]) for row in rows]

    def row(self, name: str) -> resources.Row:
        with self.stores.database.read() as tx:
            found = resources.find(tx, self.config.account, self.config.region, "sagemaker", "Endpoint", name)
        assert found is not None
        return found

    def folder(self, name: str) -> Path:
        return self.config.home / "endpoints" / self.row(name).facts["id"]

    def pids(self, name: str) -> dict[str, int]:
        """{instance: its supervisor's process} of the endpoint's instances."""
        crew = self.crew(name)
        return {process.member.id: process.handle.pid for process in crew.processes.values()} if crew else {}

    def crew(self, name: str) -> Crew | None:
        """What this server knows of the endpoint beside its row."""
        return self.engine._attendance.crews.get(self.row(name).arn)

    def stop(self) -> None:
        self.worker.stop()
        self.engine.stop()
        self.stores.close()

    def abandon(self) -> None:
        """Stop as a server does: its endpoints go on."""
        self.stop()
        self.gone = True

    def close(self) -> None:
        """End every endpoint, then stop."""
        if self.gone:
            return
        for found in self.call("ListEndpoints", {"MaxResults": 100})["Endpoints"]:
            self.call("DeleteEndpoint", {"EndpointName": found["EndpointName"]})
        self.eventually(lambda: not self.call("ListEndpoints", {})["Endpoints"])
        self.stop()


def chosen(route: Route | None) -> Variant | None:
    """A variant by its weight, of those that could answer."""
    able = [each for each in (route.variants if route else ()) if each.instances or each.wake or each.evaluator]
    return random.choices(able, [each.weight for each in able])[0] if able else None


class Traffic:
    """Somebody who asks without a pause; `answers` counts what came, `failures` what should not have."""

    def __init__(self, hotel: Hotel, name: str) -> None:
        self.answers: list[str] = []
        self.failures: list[str] = []
        self._hotel, self._name = hotel, name
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                status, text = self._hotel.ask(self._name)
            except Exception as error:
                self.failures.append(repr(error))
                continue
            if status == 200:
                self.answers.append(text.split()[0])
            else:
                self.failures.append(f"{status} {text}")
            time.sleep(0.005)


def open_hotel(
    home: Path,
    clock: Clock | None = None,
    patience: Patience = HURRIED,
    build: Build | None = None,
    machine: Machine | None = None,
) -> Hotel:
    """A started house on `home`; call `stop` at the end. What an earlier one left serving goes on."""
    config = Config(home=home, port=0, tls_port=0)
    stores = open_stores(home, config.database_url, clock or WallClock())
    settle(stores, config)
    if stores.objects.find_bucket(BUCKET) is None:
        stores.objects.create_bucket(BUCKET, config.account, config.region)
    port = Port(stores, Services(), PolicyGate(stores), Models(), strict=True)
    surroundings = Surroundings("http://127.0.0.1:4590", machine or this_machine(), programs_folder())
    engine = HostingEngine(stores, port, surroundings, Routes(), build=build, patience=patience)
    worker = Worker(stores, port, {TASK: engine.run})
    with stores.database.write() as tx:
        tasks.release_all(tx)
    engine.start()
    worker.start()
    return Hotel(config, stores, port, engine, worker)


@pytest.fixture
def home(tmp_path: Path, runtimes: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    return home


@pytest.fixture
def make_hotel(home: Path) -> Iterator[Callable[..., Hotel]]:
    """`make_hotel(patience=..., clock=...)` opens a hotel; it is closed at the end."""
    made: list[Hotel] = []

    def make(**choices: Any) -> Hotel:
        made.append(open_hotel(home, **choices))
        return made[-1]

    yield make
    for hotel in made:
        hotel.close()


@pytest.fixture
def hotel(make_hotel: Callable[..., Hotel]) -> Hotel:
    return make_hotel()
