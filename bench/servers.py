"""The server that is measured: `ormer up` as a process of its own, in a fresh home with runtimes that stay."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
from botocore.config import Config

from bench.peers import FOLDER

START_SECONDS = 120.0
REGION = "us-east-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole"


@dataclass(frozen=True)
class Served:
    """A running server."""

    home: Path
    endpoint: str
    pid: int
    start_seconds: float

    def client(self, service: str) -> Any:
        """A boto3 client with the home's root key."""
        from ormer.aws.clock import WallClock
        from ormer.config import load
        from ormer.first_run import root_key
        from ormer.stores.stores import open_stores

        config = load(home=self.home)
        stores = open_stores(config.home, config.database_url, WallClock())
        key = root_key(stores)
        stores.close()
        return client_of(service, self.endpoint, key.access_key_id, key.secret)


def client_of(service: str, endpoint: str, key: str = "testing", secret: str = "testing") -> Any:
    """The same client for everyone who is compared."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A home that goes at the end of the block; runtimes are kept beside the peers from run to run."""
    runtimes = (FOLDER / "runtimes").absolute()
    runtimes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ormer-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        (home / "runtimes").symlink_to(runtimes)
        yield home


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """`ormer up` in `home` for the block, on free ports."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
    words = [sys.executable, "-m", "ormer", "up", "--home", str(home)]
    words += ["--port", str(ports[0]), "--tls-port", str(ports[1])]
    endpoint = f"http://127.0.0.1:{ports[0]}"
    began = time.monotonic()
    with (home.parent / "server.log").open("ab") as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_compiling())
    try:
        while not _answers(endpoint):
            if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"the server does not answer: {(home.parent / 'server.log').read_text()[-1000:]}")
            time.sleep(0.005)
        yield Served(home, endpoint, process.pid, time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _compiling() -> dict[str, str]:
    """Variables under which compiled modules are kept, as they are for people; a first start pays for compiling."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str((FOLDER / "compiled").absolute())}


def _answers(endpoint: str) -> bool:
    try:
        with urlopen(f"{endpoint}/healthz", timeout=5):
            return True
    except OSError:
        return False
