"""Queries that a server which ends leaves to the next one."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Live
from tests.contract.athena.conftest import Desk

from ormer.config import Config
from ormer.server import Server

LONG = "SELECT sum(a.x * b.x) FROM UNNEST(sequence(1, 60000)) AS a(x), UNNEST(sequence(1, 20000)) AS b(x)"


def test_a_query_that_runs_when_its_server_ends_is_ended_by_the_next(tmp_path: Path, runtimes: Path) -> None:
    config = Config(home=tmp_path / "home", port=0, tls_port=0)
    config.home.mkdir(mode=0o700)
    (config.home / "runtimes").symlink_to(runtimes)
    first = Server(config, strict=True)
    first.start()
    desk = Desk(Live(first))
    query = desk.start(LONG)
    first.stop()
    second = Server(Config(home=config.home, port=0, tls_port=0), strict=True)
    second.start()
    try:
        desk.athena = Live(second).client("athena")
        assert desk.ended(query)["Status"]["State"] == "SUCCEEDED"
    finally:
        second.stop()
