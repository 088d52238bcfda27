"""`kill -9` of the server at any moment: instances go on, and what was asked for is brought to its end once."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psutil
from tests.engines.hosting.conftest import open_hotel
from tests.engines.mortality import life

SERVER = Path(__file__).with_name("server_process.py")
LIVES = 6


def supervisors(home: Path) -> set[int]:
    """Every supervisor of an instance of this home."""
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        if any(f"{home}/endpoints/" in part for part in process.info["cmdline"] or ()):
            found |= {parent.pid for parent in process.parents() if "supervisor" in " ".join(parent.cmdline()[-1:])}
    return found


def test_instances_outlive_a_killed_server(home):
    first = open_hotel(home)
    first.model("teller")
    first.serve("one", {"ModelName": "teller"})
    pids = first.pids("one")
    first.stop()
    with life(SERVER, home):
        pass
    second = open_hotel(home)
    try:
        second.eventually(lambda: second.instances("one"))
        assert second.pids("one") == pids
        assert second.ask("one")[0] == 200
    finally:
        second.close()


def test_a_change_goes_through_however_often_the_server_is_killed(home):
    chance = random.Random(7)
    first = open_hotel(home)
    first.model("old")
    first.model("new")
    first.serve("one", {"ModelName": "old", "InitialInstanceCount": 2})
    first.configure("next", {"ModelName": "new", "InitialInstanceCount": 2})
    half = {"Type": "CAPACITY_PERCENT", "Value": 50}
    rolling = {"RollingUpdatePolicy": {"MaximumBatchSize": half, "WaitIntervalInSeconds": 0}}
    request = {"EndpointName": "one", "EndpointConfigName": "next", "DeploymentConfig": rolling}
    first.call("UpdateEndpoint", request)
    first.stop()
    for _ in range(LIVES):
        with life(SERVER, home):
            time.sleep(chance.uniform(0.0, 0.5))
    last = open_hotel(home)
    try:
        found = last.settled("one")
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "next")
        assert {last.ask("one")[1].split()[0] for _ in range(10)} == {"new"}
        last.eventually(lambda: len(last.pids("one")) == 2)
        last.eventually(lambda: supervisors(home) == set(last.pids("one").values()))
    finally:
        last.close()
    last.eventually(lambda: supervisors(home) == set())
