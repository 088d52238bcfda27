"""Model servers beside the main program: up before it, down after it, and to blame when they die."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ormer.engines.jobs.sandbox import Program, Ready
from ormer.engines.jobs.supervision import Result

from .conftest import messages, python, shared

SERVER = """
    import http.server, os, signal, socketserver, sys, time
    print('loading'); time.sleep({delay})
    class Handler(http.server.BaseHTTPRequestHandler):
        def address_string(self): return 'peer'
        def log_message(self, *_): pass
        def do_GET(self):
            self.send_response({status})
            if {status} == 503: self.send_header('x-ormer-load-failed', 'true')
            self.end_headers()
    signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))
    with socketserver.UnixStreamServer('/run/model/{name}.sock', Handler) as server:
        print('serving')
        server.serve_forever()
"""


def server(folder: Path, name: str = "model", delay: float = 0.3, status: int = 200, seconds: float = 30) -> Program:
    code = SERVER.format(delay=delay, status=status, name=name)
    ready = Ready(seconds, socket=folder / f"{name}.sock")
    return python(code, name=name, mounts=(shared(folder, "/run/model"),), ready=ready)


@pytest.mark.parametrize("network", ["host", "none"])
def test_the_main_program_starts_when_every_server_answers(
    finish: Callable[..., Result], run_dir: Path, network: str
) -> None:
    folder = run_dir / "sockets"
    main = python("import os; print(sorted(os.listdir('/run/model')))", mounts=(shared(folder, "/run/model"),))
    result = finish(main, servers=(server(folder, "a"), server(folder, "b", delay=0)), network=network)
    assert result.succeeded
    assert messages(run_dir) == ["['a.sock', 'b.sock']"]
    assert messages(run_dir, "a") == ["loading", "serving", "bye"]


def test_a_server_that_dies_while_it_loads_is_the_reason(finish: Callable[..., Result], run_dir: Path) -> None:
    broken = python("raise SystemExit('no model.joblib here')", name="model", ready=Ready(30, socket=run_dir / "x"))
    result = finish(python("print('never')"), servers=(broken,))
    assert (result.reason, result.exit_code) == ("ServerDied", None)
    assert result.message == "the model server model ended with exit code 1"
    assert result.tail == ("no model.joblib here",)
    assert messages(run_dir) == []


def test_a_server_that_dies_later_ends_the_main_program(finish: Callable[..., Result], run_dir: Path) -> None:
    brief = python("import time; time.sleep(0.5); print('gone'); raise SystemExit(4)", name="model")
    result = finish(python("import time; time.sleep(600)"), servers=(brief,))
    assert result.reason == "ServerDied"
    assert result.tail == ("gone",)


def test_a_server_that_never_gets_ready_is_the_reason(finish: Callable[..., Result], run_dir: Path) -> None:
    result = finish(python("print('never')"), servers=(server(run_dir / "sockets", status=500, seconds=1.5),))
    assert result.reason == "ServerDied"
    assert result.message == "the model server model did not answer GET /ping with 200 within 1.5 seconds"


def test_a_server_that_says_that_it_never_will_be_ready_is_not_waited_for(
    finish: Callable[..., Result], run_dir: Path
) -> None:
    result = finish(python("print('never')"), servers=(server(run_dir / "sockets", status=503, seconds=600),))
    assert (result.reason, result.message) == ("ServerDied", "the model server model could not load its model")
    assert "serving" in result.tail
