"""Care for repositories: packs are joined, leftovers settled, and a repository that is gone is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.repositories import PACKS_MAX
from ormer.stores import events, tasks
from ormer.stores.repositories import processes
from ormer.stores.repositories.changes import CARE_SECONDS, TASK
from ormer.stores.repositories.commands import Command

SECONDS_MAX = 60


def until(happens: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not happens():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def made(api: Any, name: str) -> str:
    found: str = api("codecommit", "CreateRepository", {"repositoryName": name})["repositoryMetadata"]["repositoryId"]
    return found


def packs(folder: Path) -> int:
    return len(list(folder.glob("objects/pack/*.pack")))


def test_many_packs_are_joined_a_minute_after_a_change(config: Config) -> None:
    clock = ManualClock()
    house = build(config, clock)
    house.start()
    try:
        api = house.port.acting_as(root_identity(config.account), "us-east-1")
        repository = made(api, "packed")
        store = house.stores.repositories
        for number in range(PACKS_MAX + 2):
            files = {f"{number}/{file}": f"{number} {file}".encode() for file in range(20)}
            store.seed(repository, "main", files, "More")
        folder = store.folder(repository)
        assert packs(folder) > PACKS_MAX
        head = store.head(repository, "main")
        clock.advance(CARE_SECONDS + 1)
        until(lambda: packs(folder) == 1)
        assert store.head(repository, "main") == head
        assert len(store.log(repository, str(head), 100)) == PACKS_MAX + 2
    finally:
        house.stop()


def test_a_change_nobody_holds_is_settled_without_a_restart(house: House, api: Any) -> None:
    repository = made(api, "left")
    store = house.stores.repositories
    first = store.seed(repository, "main", {"a": b"a"}, "First")
    change = store.changes.enter(repository, "somebody", [Command("refs/heads/side", first)])
    processes.run(store.folder(repository), "update-ref", "refs/heads/side", first)
    change.lock.close()
    with house.stores.database.write() as tx:
        tasks.wake(tx, TASK, repository)
    until(lambda: not store.changes.unsettled())
    with house.stores.database.read() as tx:
        told = [event["detail"] for event in events.after(tx, 0)]
    assert [(one["referenceName"], one["callerUserArn"]) for one in told] == [("main", ""), ("side", "somebody")]


def test_a_repository_that_is_gone_needs_no_care(house: House, api: Any) -> None:
    repository = made(api, "gone")
    house.stores.repositories.seed(repository, "main", {"a": b"a"}, "First")
    api("codecommit", "DeleteRepository", {"repositoryName": "gone"})
    with house.stores.database.write() as tx:
        tasks.wake(tx, TASK, repository)
    until(house.worker.idle)
    assert not (house.stores.repositories.root / f"{repository}.git").exists()
