"""How soon the server answers, and what it occupies."""

from __future__ import annotations

import time

import psutil

from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import fresh_home, served

STARTS = 5
SETTLE_SECONDS = 1.0
REQUESTS = 200


def measure(peers: Peers) -> list[Result]:
    """Start in a new home, then again and again in the same one."""
    first, again, idle, busy = [], [], [], []
    with fresh_home() as home, served(home):
        pass  # compiles what nobody has compiled yet
    with fresh_home() as home:
        for number in range(STARTS + 1):
            with served(home) as server:
                (again if number else first).append(server.start_seconds)
                time.sleep(SETTLE_SECONDS)
                idle.append(_megabytes(server.pid))
                if number == STARTS:
                    client = server.client("sagemaker")
                    for _ in range(REQUESTS):
                        client.list_pipelines()
                    busy.append(_megabytes(server.pid))
    return [
        Figure("server start", "s", again, "`ormer up` until /healthz answers, in a home that exists", "≤ 2 s"),
        Figure("server's first start", "s", first, "the same in a new home: keys, certificates, tables"),
        Figure("resident, idle", "MB", idle, f"resident set of the server {SETTLE_SECONDS:.0f} s later", "≤ 150 MB"),
        Figure("resident, used", "MB", busy, f"the same after {REQUESTS} × ListPipelines", "≤ 150 MB"),
    ]


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20
