"""A live server, and programs that know it by environment variables only, each with an SDK of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.conftest import end_instances

from ormer.cli.env import variables_for
from ormer.config import Config
from ormer.first_run import root_key, use_role_arn
from ormer.server import Server

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "shop"
KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


class World:
    """The server and what a person does with it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.config = server.config
        self.role = use_role_arn(self.config.account)
        self.bucket = f"sagemaker-{self.config.region}-{self.config.account}"
        self._folder = folder
        key = root_key(server.house.stores)
        self._session = boto3.Session(key.access_key_id, key.secret, region_name=self.config.region)
        variables = variables_for(self.config, full=True)
        self._environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "HOME": str(folder),
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: value for name, value in variables.items() if value},
        }

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self.config.endpoint)

    def run_pipeline(self, sdk: str, jobs: str, name: str, parameters: dict[str, Any]) -> tuple[int, str, str]:
        """Run the shop's program with an SDK's Python. Returns its exit status, the execution's ARN, its output."""
        more = ["--jobs", jobs, "--name", name, "--parameters", json.dumps(parameters)]
        ended = self.run(sdk, SHOP / "run.py", *more)
        arns = [line for line in ended.stdout.splitlines() if line.startswith("arn:") and "/execution/" in line]
        assert arns, f"no execution was started:\n{ended.stdout[-4000:]}"
        return ended.returncode, arns[-1], ended.stdout

    def run(self, sdk: str, program: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a program with an SDK's Python, as the role and with the bucket of this world."""
        return self.shell([python_of(sdk), str(program), "--role", self.role, "--bucket", self.bucket, *more])

    def shell(self, words: Sequence[str], folder: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as a person in a shell of `ormer env --full` does, in a folder below their home."""
        return subprocess.run(
            words,
            env={**self._environment, "ORMER_HOME": str(self.config.home)},
            cwd=self._folder / folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, words: Sequence[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in any folder, as who has the account: `ormer env --full --root`, and further variables."""
        mine = {name: value for name, value in self._environment.items() if name != "AWS_SESSION_TOKEN"}
        root = {name: value for name, value in variables_for(self.config, root=True, full=True).items() if value}
        return subprocess.run(
            words,
            env={**mine, **root, "ORMER_HOME": str(self.config.home), **more},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def stages(self, sdk: str, program: Path) -> dict[str, dict[str, Any]]:
        """What a program told of each of its stages; it must have come to its end."""
        ended = self.run(sdk, program)
        assert ended.returncode == 0, ended.stdout[-6000:]
        told = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith('{"stage": ')]
        return {facts["stage"]: facts for facts in told}

    def steps(self, execution: str) -> dict[str, dict[str, Any]]:
        pages = self.client("sagemaker").get_paginator("list_pipeline_execution_steps")
        found = pages.paginate(PipelineExecutionArn=execution).build_full_result()["PipelineExecutionSteps"]
        return {step["StepName"]: step for step in found}

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def read_json(self, uri: str) -> Any:
        return json.loads(self.read(uri))

    def write(self, key: str, content: bytes) -> str:
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"


def python_of(sdk: str) -> str:
    """The Python of an SDK's environment, built where it is missing; a failure to build it is a failure."""
    words = [sys.executable, str(ROOT / "scripts" / "sdk_env.py"), sdk]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("journeys")
    (folder / "home").mkdir(mode=0o700)
    kept = os.environ.get("ORMER_TEST_RUNTIMES")  # built runtimes, kept from run to run
    if kept:
        (folder / "home" / "runtimes").symlink_to(kept)
    server = Server(Config(home=folder / "home", port=0, tls_port=0), strict=True)
    server.start()
    yield World(server, folder)
    server.stop()
    end_instances(folder / "home")
