"""Instances die, hang and eat memory; servers die too. What can go on serving does."""

from __future__ import annotations

import os
import signal

import psutil
from tests.engines.hosting.conftest import Traffic, open_hotel

from ormer.engines.hosting.pulse import Patience
from ormer.engines.hosting.records import state_of
from ormer.engines.jobs.instances import Machine

GIB = 1 << 30
EATS = """
import mmap
held = []
def model_fn(folder):
    return 1
def transform_fn(model, body, content_type, accept):
    if b"eat" in body:
        held.append(mmap.mmap(-1, 3 << 29))
        for place in range(0, 3 << 29, 4096):
            held[0][place] = 1
    return "well", "text/plain"
"""
HANGS_LATER = """
import ctypes
def model_fn(folder):
    return 1
def transform_fn(model, body, content_type, accept):
    ctypes.PyDLL(None).sleep(600)  # keeps the interpreter's lock, so that pings hang as well
"""


def kill_program(supervisor: int) -> None:
    """SIGKILL to what runs innermost below a supervisor."""
    processes = psutil.Process(supervisor).children(recursive=True)
    os.kill(processes[-1].pid, signal.SIGKILL)


def test_a_killed_instance_is_started_again_while_the_other_serves(hotel):
    hotel.model("teller")
    hotel.serve("one", {"ModelName": "teller", "InitialInstanceCount": 2})
    name, pid = next(iter(hotel.pids("one").items()))
    kill_program(pid)
    hotel.eventually(lambda: [each.name for each in hotel.instances("one")] != [] and name not in _names(hotel))
    with Traffic(hotel, "one") as traffic:
        hotel.eventually(lambda: name in _names(hotel))
    assert traffic.failures == [] and traffic.answers
    assert hotel.pids("one")[name] != pid
    assert any("The instance ended:" in line for stream, line in hotel.log("one") if stream == f"v1/{name}")


def test_an_instance_that_hangs_is_replaced(hotel):
    hotel.model("sleeper", HANGS_LATER)
    hotel.serve("one", {"ModelName": "sleeper"})
    name, pid = next(iter(hotel.pids("one").items()))
    try:
        import threading

        threading.Thread(target=lambda: _quietly(hotel), daemon=True).start()
        hotel.eventually(lambda: hotel.pids("one").get(name, pid) != pid)
        hotel.eventually(lambda: name in _names(hotel))
    finally:
        assert any("has not answered GET /ping" in line for _, line in hotel.log("one"))


def test_an_instance_that_eats_memory_is_ended_and_says_so(make_hotel):
    hotel = make_hotel(machine=Machine(2, GIB))
    hotel.model("eater", EATS)
    hotel.serve("one", {"ModelName": "eater"})
    name, pid = next(iter(hotel.pids("one").items()))
    _quietly(hotel, b"eat", **{"Content-Type": "application/x-bytes"})
    hotel.eventually(lambda: hotel.pids("one").get(name, pid) != pid and name in _names(hotel))
    assert any("OutOfMemory" in line for _, line in hotel.log("one"))
    assert hotel.ask("one", **{"Content-Type": "application/x-bytes"})[0] == 200


def test_the_next_server_finds_the_instances_again(home):
    first = open_hotel(home)
    first.model("teller")
    first.serve("one", {"ModelName": "teller", "InitialInstanceCount": 2})
    names, pids = sorted(_names(first)), first.pids("one")
    first.stop()
    second = open_hotel(home)
    try:
        second.eventually(lambda: len(second.instances("one")) == 2)
        assert sorted(_names(second)) == names
        assert second.pids("one") == pids
        assert second.ask("one")[0] == 200
        assert second.call("DescribeEndpoint", {"EndpointName": "one"})["EndpointStatus"] == "InService"
    finally:
        second.close()


def test_an_instance_that_died_with_its_server_is_started_by_the_next(home):
    first = open_hotel(home)
    first.model("teller")
    first.serve("one", {"ModelName": "teller"})
    (name, pid), *_ = first.pids("one").items()
    first.stop()
    kill_program(pid)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [])
    second = open_hotel(home)
    try:
        second.eventually(lambda: _names(second) == [name])
        assert second.ask("one")[0] == 200
    finally:
        second.close()


def test_what_belongs_to_no_endpoint_is_ended_at_the_start(home):
    first = open_hotel(home)
    first.model("teller")
    first.serve("one", {"ModelName": "teller"})
    pid = first.pids("one").popitem()[1]
    folder = first.folder("one")
    first.stop()
    for file in home.glob("ormer.db*"):
        file.unlink()
    second = open_hotel(home)
    try:
        second.eventually(lambda: not psutil.pid_exists(pid) and not folder.exists())
    finally:
        second.close()


def _names(hotel) -> list[str]:
    return [each.name for each in hotel.instances("one")]


def _quietly(hotel, body: bytes = b"x", **headers: str) -> None:
    try:
        hotel.ask("one", body, **headers)
    except OSError:
        return


def test_files_that_could_not_be_laid_after_a_restart_are_tried_again(home, make_hotel):
    first = make_hotel()
    first.model("teller")
    first.serve("one", {"ModelName": "teller"})
    models = first.folder("one") / "fleets" / "1" / "models"
    (name, pid), *_ = first.pids("one").items()
    first.abandon()
    kill_program(pid)
    models.rename(models.with_name("moved"))
    uri = "models-of-endpoints", "teller/model.tar.gz"
    archive = first.stores.objects.read_bytes(*uri)
    first.stores.objects.put_bytes(*uri, b"torn")
    second = make_hotel(patience=Patience(well=0.2, retry=0.1, retry_max=0.5))
    second.eventually(lambda: (crew := second.crew("one")) and crew.laying_retry_at(_fleet(second)))
    assert _names(second) == []
    second.stores.objects.put_bytes(*uri, archive)
    second.eventually(lambda: _names(second) == [name])


def _fleet(hotel):
    return state_of(hotel.row("one")).fleets[0]
