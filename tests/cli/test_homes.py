"""Who lives in a home: told before the first answer, and never mistaken for those who look."""

from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path

import pytest

from ormer import homes
from ormer.config import Config
from ormer.gateway.listen import Listener
from ormer.server import Server

STATE = homes.Running(pid=1, host="127.0.0.1", port=1, tls_port=2, started=0.0)


def test_nobody_lives_where_a_server_was_killed(tmp_path: Path) -> None:
    homes.enter(tmp_path, STATE)
    with homes.lock(tmp_path):
        assert homes.running(tmp_path) == STATE
    assert homes.running(tmp_path) is None


def test_two_who_look_do_not_take_each_other_for_a_server(tmp_path: Path) -> None:
    homes.enter(tmp_path, STATE)
    with (tmp_path / homes.LOCK_FILE).open("a") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert homes.running(tmp_path) is None


def test_a_server_starts_while_somebody_looks(tmp_path: Path) -> None:
    look = (tmp_path / homes.LOCK_FILE).open("a")
    fcntl.flock(look, fcntl.LOCK_SH)
    ending = threading.Timer(0.1, look.close)
    ending.start()
    homes.lock(tmp_path).close()
    ending.join()


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    with homes.lock(tmp_path), pytest.raises(homes.HomeInUse, match="ormer down"):
        homes.lock(tmp_path)


def test_a_server_is_told_before_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, seen = tmp_path / "home", []
    start = Listener.start

    def look_then_start(listener: Listener) -> None:
        seen.append(homes.running(home))
        start(listener)

    monkeypatch.setattr(Listener, "start", look_then_start)
    server = Server(Config(home=home, port=0, tls_port=0))
    try:
        before = time.time()
        server.start()
        (state,) = seen
        assert state is not None and state.port == server.config.port and state.started >= before
    finally:
        server.stop()
    assert homes.running(home) is None
