"""`kill -9` of the server at any moment of a build: it goes on, and ends once as if nothing had happened."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.engines.mortality import life

from ormer.app import House, build
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.first_run import use_role_arn
from ormer.stores import events

SERVER = Path(__file__).with_name("server_process.py")
WAIT_SECONDS = 120.0
LIVES = 4
SPEC = """
version: 0.2
phases:
  build:
    commands:
      - echo begun
      - sleep 3
      - echo ended
"""


def finished(house: House, identifier: str) -> dict:
    api = house.port.acting_as(root_identity(house.config.account), house.config.region)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        (found,) = api("codebuild", "BatchGetBuilds", {"ids": [identifier]})["builds"]
        if found["buildComplete"]:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"the build is in {found['currentPhase']}")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_build_ends_once_however_often_the_server_is_killed(tmp_path, seed):
    chance, config = random.Random(seed), Config(home=tmp_path / "home")
    first = build(config, strict=True)
    api = first.port.acting_as(root_identity(config.account), config.region)
    environment = {"type": "LINUX_CONTAINER", "image": "standard:5.0", "computeType": "BUILD_GENERAL1_SMALL"}
    project = {
        "name": "killed",
        "source": {"type": "NO_SOURCE", "buildspec": SPEC},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": environment,
        "serviceRole": use_role_arn(config.account),
    }
    api("codebuild", "CreateProject", project)
    started = api("codebuild", "StartBuild", {"projectName": "killed"})["build"]
    first.stores.close()
    for _ in range(LIVES):
        with life(SERVER, config.home):
            time.sleep(chance.uniform(0.0, 1.0))
    last = build(config, strict=True)
    last.start()
    try:
        found = finished(last, started["id"])
        assert found["buildStatus"] == "SUCCEEDED", found
        api = last.port.acting_as(root_identity(config.account), config.region)
        where = {"logGroupName": found["logs"]["groupName"], "logStreamName": found["logs"]["streamName"]}
        told = [event["message"] for event in api("logs", "GetLogEvents", where)["events"]]
        assert [line for line in told if line in ("begun", "ended")] == ["begun", "ended"]
        with last.stores.database.read() as tx:
            told_of = [each["detail"].get("completed-phase") for each in events.about(tx, found["arn"])]
        assert [told_of.count(phase["phaseType"]) for phase in found["phases"][:-1]] == [1] * 10
        assert (config.home / "builds" / "starts").read_text().count(started["id"]) == 1
    finally:
        last.stop()
