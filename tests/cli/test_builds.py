"""What the command line says of a build, and does to one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_cli import Shell
from tests.cli.test_jobs import client, until

SPEC = "version: 0.2\nphases:\n  build:\n    commands: [echo begun, sleep {seconds}, echo ended]\n"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path / "home")
    shell("up", "-d")
    yield shell
    shell("down", "--stop-jobs")


def start(shell: Shell, seconds: int) -> str:
    codebuild = client(shell, "codebuild")
    codebuild.create_project(
        name="told",
        source={"type": "NO_SOURCE", "buildspec": SPEC.format(seconds=seconds)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "standard:5.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::123456789012:role/SageMakerRole",
    )
    identifier: str = codebuild.start_build(projectName="told")["build"]["id"]
    return identifier


def found(shell: Shell, identifier: str) -> dict[str, Any]:
    (build,) = client(shell, "codebuild").batch_get_builds(ids=[identifier])["builds"]
    return dict(build)


def test_logs_follows_a_build_to_its_end(up: Shell) -> None:
    identifier = start(up, 1)
    told = up("logs", identifier, "-f").splitlines()
    assert [line for line in told if line in ("begun", "ended")] == ["begun", "ended"]
    assert found(up, identifier)["buildStatus"] == "SUCCEEDED"


def test_down_with_stop_jobs_stops_builds(up: Shell) -> None:
    identifier = start(up, 600)
    until(lambda: found(up, identifier), lambda build: build["currentPhase"] == "BUILD")
    assert f"Stopping build {identifier}" in up("down", "--stop-jobs")
    up("up", "-d")
    assert until(lambda: found(up, identifier), lambda build: build["buildComplete"])["buildStatus"] == "STOPPED"
