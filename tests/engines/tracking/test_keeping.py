"""What keeps tracking servers: ends of their processes, ends of ormer's own, nobody asking for long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import end_instances
from tests.engines.mortality import life

from ormer.app import House, build
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.jobs.supervisor import readiness
from ormer.engines.tracking import folders
from ormer.engines.tracking.engine import Patience, TrackingEngine
from ormer.first_run import use_role_arn
from ormer.stores import resources
from ormer.stores.resources import Row

WAIT_SECONDS = 240.0
SERVER = Path(__file__).with_name("server_process.py")
JsonDict = dict[str, Any]


class Keeper:
    """A house with a tracking server called `kept`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.house: House = build(config, strict=True)

    def call(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        return self.house.port.call(root_identity(self.config.account), self.config.region, service, operation, params)

    def make(self) -> str:
        self.call("s3", "CreateBucket", {"Bucket": "kept"})
        wanted = {"ArtifactStoreUri": "s3://kept/x", "RoleArn": use_role_arn(self.config.account)}
        made = self.call("sagemaker", "CreateMlflowTrackingServer", {"TrackingServerName": "kept", **wanted})
        self.until(lambda: self.row(made["TrackingServerArn"]).status == "Created")
        return str(made["TrackingServerArn"])

    def row(self, arn: str) -> Row:
        with self.house.stores.database.read() as tx:
            found = resources.get(tx, arn)
        assert found is not None
        return found

    @property
    def engine(self) -> TrackingEngine:
        return next(each for each in self.house.engines if isinstance(each, TrackingEngine))

    def answers(self, arn: str) -> bool:
        """Whether the server answers on the socket of the start that is due."""
        row = self.row(arn)
        socket = folders.server_folder(self.config.home, row.facts["id"]).socket(row.facts["attempt"])
        return readiness.ping({"socket": str(socket), "port": None, "path": "/health"}) == readiness.READY

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not true():
            assert time.monotonic() < deadline, "it has not come to that"
            time.sleep(0.05)


@pytest.fixture
def keeper(tmp_path: Path, runtimes: Path) -> Iterator[Keeper]:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "runtimes").symlink_to(runtimes)
    made = Keeper(Config(home=tmp_path / "home"))
    yield made
    end_instances(made.config.home)


def supervisors(home: Path) -> list[int]:
    """The supervisors of the servers that run."""
    handles = folders.running_servers(home)
    for handle in handles:
        handle.close()
    return [handle.pid for handle in handles]


def test_a_server_that_dies_comes_back_with_all_it_holds_and_a_door_of_its_own(keeper: Keeper) -> None:
    keeper.house.start()
    try:
        arn = keeper.make()
        assert keeper.house.tracking_doors.at(arn) is not None
        (first,) = folders.running_servers(keeper.config.home)
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait(20)
        first.close()
        keeper.until(lambda: keeper.row(arn).facts["attempt"] == 2 and keeper.answers(arn))
        keeper.until(lambda: keeper.house.tracking_doors.at(arn) is not None)
        assert keeper.row(arn).status == "Created"
        group = {"logGroupName": "/aws/sagemaker/MlflowTrackingServers/kept", "logStreamName": "mlflow"}
        told = keeper.call("logs", "GetLogEvents", {**group, "startFromHead": True})["events"]
        assert any("It is started again in 0.5 seconds." in event["message"] for event in told)
    finally:
        keeper.house.stop()


def test_one_that_nobody_asks_for_long_sleeps_and_wakes_when_it_is_asked(keeper: Keeper) -> None:
    keeper.engine.patience = Patience(idle=0.5, well=0.1)
    keeper.house.start()
    try:
        arn = keeper.make()
        keeper.until(lambda: supervisors(keeper.config.home) == [])
        assert keeper.row(arn).status == "Created"
        keeper.engine.patience = Patience()
        keeper.until(lambda: keeper.house.tracking_doors.at(arn) is not None)
        assert keeper.answers(arn)
    finally:
        keeper.house.stop()


def test_servers_outlive_ormer_and_are_found_again_or_brought_back(keeper: Keeper) -> None:
    home = keeper.config.home
    keeper.house.start()
    arn = keeper.make()
    before = supervisors(home)
    keeper.house.stop()
    with life(SERVER, home):
        assert supervisors(home) == before
    again = Keeper(keeper.config)
    os.kill(before[0], signal.SIGKILL)
    again.house.start()
    try:
        again.until(lambda: again.row(arn).facts["attempt"] == 2 and again.answers(arn))
        assert len(supervisors(home)) == 1 and supervisors(home) != before
    finally:
        again.house.stop()


@pytest.mark.parametrize("after_seconds", [0.0, 0.5, 2.0])
def test_one_that_is_being_made_stands_once_however_often_ormer_is_killed(keeper: Keeper, after_seconds: float) -> None:
    home, account = keeper.config.home, keeper.config.account
    keeper.call("s3", "CreateBucket", {"Bucket": "kept"})
    wanted = {"ArtifactStoreUri": "s3://kept/x", "RoleArn": use_role_arn(account)}
    arn = keeper.call("sagemaker", "CreateMlflowTrackingServer", {"TrackingServerName": "kept", **wanted})[
        "TrackingServerArn"
    ]
    keeper.house.stores.close()
    for _ in range(2):
        with life(SERVER, home):
            time.sleep(after_seconds)
    again = Keeper(keeper.config)
    again.house.start()
    try:
        again.until(lambda: again.row(arn).status == "Created")
        assert again.answers(arn)
        assert len(supervisors(home)) == 1
    finally:
        again.house.stop()
