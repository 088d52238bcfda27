"""A real sandbox, a real spawner, and a short way to run one program under them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ormer.engines.jobs.sandbox import Mount, Program, choose
from ormer.engines.jobs.supervision import Handle, Job, Limits, Result, Spawner

WAIT_SECONDS = 60


@pytest.fixture(scope="session")
def spawner() -> Iterator[Spawner]:
    made = Spawner(choose())
    yield made
    made.close()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    return made


def python(code: str, name: str = "algo-1", **more: Any) -> Program:
    """A program that runs this code with the interpreter of the tests."""
    return Program(name, (sys.executable, "-c", dedent(code)), **more)


@pytest.fixture
def begin(spawner: Spawner, run_dir: Path) -> Iterator[Callable[..., Handle]]:
    """Start a program; whatever still runs at the end of the test is killed."""
    handles = []

    def start(main: Program, limits: Limits | None = None, **more: Any) -> Handle:
        handle = spawner.start(Job("job", main, limits=limits or Limits(), **more), run_dir)
        handles.append(handle)
        return handle

    yield start
    for handle in handles:
        if handle.alive():
            handle.kill()
            handle.wait(WAIT_SECONDS)
        handle.close()


@pytest.fixture
def finish(begin: Callable[..., Handle]) -> Callable[..., Result]:
    """Run a program to its end."""

    def run(*args: Any, **more: Any) -> Result:
        return ended(begin(*args, **more))

    return run


def ended(handle: Handle) -> Result:
    assert handle.wait(WAIT_SECONDS), "the job did not end"
    result = handle.result()
    assert result is not None
    return result


def messages(run_dir: Path, stream: str = "algo-1") -> list[str]:
    lines = [json.loads(line) for line in (run_dir / "log").read_text().splitlines()]
    return [line["m"] for line in lines if line["stream"] == stream]


def shared(folder: Path, target: str = "/opt/ml") -> Mount:
    folder.mkdir(exist_ok=True)
    return Mount(folder, target, read_only=False)
