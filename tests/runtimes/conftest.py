"""Fixtures of the runtimes' tests: the programs run as a sandbox runs them, as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.serving.client import Predictor

RUN = Path(__file__).parents[2] / "src" / "ormer" / "runtimes" / "run.py"
READY_SECONDS_MAX = 60.0


def job_environment(root: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The variables of a job: nothing of ours on the module path, /opt/ml at root."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**inherited, "OMP_NUM_THREADS": "1", "SAGEMAKER_BASE_DIR": str(root), **extra}


@dataclass
class Ran:
    """How a program ended, and what it left in output/failure."""

    exit_code: int
    output: str
    failure: str


@dataclass
class TrainingFolder:
    """An /opt/ml of a training job."""

    root: Path

    def write(
        self, hyperparameters: Mapping[str, str], channels: Mapping[str, Any] | None = None, **configs: Any
    ) -> None:
        """Writes the configuration files; configs: further files by name, such as resourceconfig."""
        config = self.root / "input" / "config"
        config.mkdir(parents=True, exist_ok=True)
        files = {"hyperparameters": dict(hyperparameters), "inputdataconfig": dict(channels or {}), **configs}
        files.setdefault("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1"]})
        for name, content in files.items():
            (config / f"{name}.json").write_text(json.dumps(content))

    def code(self, **files: str) -> None:
        """Writes source files into a folder `source`; `train_py="..."` becomes train.py."""
        for name, text in files.items():
            stem, _, suffix = name.rpartition("_")
            path = self.root / "source" / f"{stem}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    return TrainingFolder(tmp_path / "ml")


@pytest.fixture
def run_program() -> Callable[..., Ran]:
    """`run_program("xgboost", "train", root, ORMER_IMAGE_TAG="1.0-1")` runs to the end."""

    def run(kind: str, verb: str, root: Path, **extra: str) -> Ran:
        done = subprocess.run(
            [sys.executable, str(RUN), kind, verb],
            env=job_environment(root, extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        failure = root / "output" / "failure"
        return Ran(done.returncode, done.stdout, failure.read_text() if failure.exists() else "")

    return run


@pytest.fixture
def start_program() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start_program("script", "train", root)` starts a program and returns its process; it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(kind: str, verb: str, root: Path, **extra: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(RUN), kind, verb],
            env=job_environment(root, extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Served:
    """A model server's process and a client of it."""

    process: subprocess.Popen[str]
    predictor: Predictor
    address: str

    def stop(self) -> int:
        """Ends the server as the platform does; returns its exit code."""
        self.predictor.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


@pytest.fixture
def serve_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """`serve_program("sklearn", root)` starts a model server on a unix socket; it ends with the test."""
    started: list[Served] = []

    def start(kind: str, root: Path, **extra: str) -> Served:
        socket = tmp_path_factory.mktemp("s") / "model.sock"
        environment = job_environment(root, {"ORMER_BIND_SOCKET": str(socket), **extra})
        process = subprocess.Popen([sys.executable, str(RUN), kind, "serve"], env=environment, text=True)
        served = Served(process, Predictor([f"unix:{socket}"]), f"unix:{socket}")
        started.append(served)
        return served

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop()
