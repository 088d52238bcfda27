"""Servers that die on purpose, one after the other in one home, and a client that waits for the next one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from tests.crash.documents import busy
from tests.ports import free_port

from ormer.aws.clock import WallClock
from ormer.config import load
from ormer.first_run import root_key
from ormer.stores.stores import open_stores

JsonDict = dict[str, Any]
Returned = Callable[[str, JsonDict], None]
PROGRAM = Path(__file__).with_name("mortal_server.py")
NEVER = "never"
PATIENCE_SECONDS = 180.0
# What a repeated request is told when the first one was done but never answered.
ALREADY = ("already exist", "BucketAlreadyOwnedByYou", "ResourceInUse", "NoSuchUpload")


class Lives:
    """Starts a server for each point in turn, each when the one before was killed; the last one lives."""

    def __init__(self, home: Path, points: Sequence[str] = ()) -> None:
        self.home = home
        self.killed = 0
        self.faults: list[str] = []
        self._points = [*points, NEVER]
        # Jobs know the first one, so every life listens there.
        self._ports = free_port(), free_port()
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._live, name=f"lives of {home.name}")

    @property
    def commits(self) -> int:
        """How many commits the server of now, or the last one, has made."""
        return int.from_bytes(self._count_file.read_bytes(), "little")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()

    def await_answer(self) -> None:
        """Until a server answers; AssertionError when one ended by itself, TimeoutError when none comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert not self.faults, self.faults
            with suppress(OSError), urlopen(f"{self.endpoint}/healthz", timeout=5):
                return
            time.sleep(0.05)
        raise TimeoutError(f"no server answers on {self.endpoint}")

    def await_rest(self) -> None:
        """Until no job and no execution has anything left to do. TimeoutError names the home when that never comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while busy(self.home):
            assert not self.faults, self.faults
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.home} never comes to rest: its tasks stay")
            time.sleep(0.05)

    def end(self) -> None:
        """Stop the server of now as a person would, and wait for it."""
        self._ending.set()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
        self._thread.join(60)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self.faults.append("the server did not end when it was asked to")
        assert not self.faults, self.faults

    @property
    def _count_file(self) -> Path:
        return self.home.with_name(f"{self.home.name}.commits")

    def _live(self) -> None:
        log = self.home.with_name(f"{self.home.name}.log")
        for number, point in enumerate(self._points):
            words = [sys.executable, str(PROGRAM), point, str(self._count_file), "up", "--home", str(self.home)]
            words += ["--port", str(self._ports[0]), "--tls-port", str(self._ports[1])]
            with log.open("ab") as output:
                output.write(f"--- life {number}: {point}\n".encode())
                output.flush()
                self._process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_compiling(self.home)
                )
            if self._ending.is_set():
                self._process.send_signal(signal.SIGTERM)
            code = self._process.wait()
            if code == -signal.SIGKILL and not self._ending.is_set():
                self.killed += 1
                continue
            if not self._ending.is_set():
                self.faults.append(f"life {number} ({point}) ended by itself with status {code}; see {log}")
            return


@contextmanager
def lives(home: Path, points: Sequence[str] = ()) -> Iterator[Lives]:
    """Servers for the block; at its end the last one is stopped."""
    made = Lives(home, points)
    made.start()
    try:
        yield made
    finally:
        made.end()


class Patient:
    """A client that asks again while the server is away.

    `returned(operation, params)` is called when the server is back, before the lost request is repeated."""

    def __init__(
        self, servers: Lives, returned: Callable[[str, JsonDict], None] = lambda operation, params: None
    ) -> None:
        self._servers = servers
        self._returned = returned
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, **params: Any) -> JsonDict:
        """The answer of an operation in snake case; {} when a repeated request hears that the first one was done."""
        client, asked = self.client(service), 0
        while True:
            asked += 1
            try:
                answer: JsonDict = getattr(client, operation)(**params)
                if "Body" in answer:
                    answer["Body"] = io.BytesIO(answer["Body"].read())
                return answer
            except ClientError as error:
                if asked > 1 and any(word in str(error) for word in ALREADY):
                    return {}
                raise
            except (BotoCoreError, ConnectionError):
                self._servers.await_answer()
                self._returned(operation, params)

    def until(self, met: Callable[[JsonDict], bool], service: str, operation: str, **params: Any) -> JsonDict:
        """The operation's first answer that meets a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.call(service, operation, **params)
            if met(answer):
                return answer
            time.sleep(0.05)
        raise TimeoutError(f"{operation} {params} still answers {answer}")

    def client(self, service: str) -> Any:
        """A boto3 client that asks once. Waits for the first start to have made the root key."""
        if service not in self._clients:
            key_id, secret = _root_key(self._servers)
            self._clients[service] = boto3.session.Session().client(
                service,
                endpoint_url=self._servers.endpoint,
                region_name="us-east-1",
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                config=ClientConfig(retries={"total_max_attempts": 1}, read_timeout=60),
            )
        return self._clients[service]


def _root_key(servers: Lives) -> tuple[str, str]:
    servers.await_answer()
    config = load(home=servers.home)
    stores = open_stores(config.home, config.database_url, WallClock())
    try:
        key = root_key(stores)
        return key.access_key_id, key.secret
    finally:
        stores.close()


def _compiling(home: Path) -> dict[str, str]:
    """Variables under which compiled modules are kept beside the runtimes: a life would spend itself on compiling."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str((home / "runtimes").resolve().with_name("compiled"))}
