"""Processes that are killed, for real: workers before their n-th commit, and servers whenever a test says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.tables import tasks as task_table

LOOK_SECONDS = 0.02
LIVES_MAX = 400


def live(bench: Any, kill_at: int, *left: sa.Select[Any]) -> None:
    """Let the worker of a bench work until none of the queries finds a row; 0 never kills it."""
    database = bench.house.stores.database
    count = 0
    lock = threading.Lock()

    def maybe_die(_connection: object) -> None:
        nonlocal count
        with lock:
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    with database.write() as tx:
        tasks.release_all(tx)
    # Commits that wait for the disk and those that do not go through engines of their own.
    sa.event.listen(sa.Engine, "commit", maybe_die)
    bench.worker.start()
    while True:
        with database.read() as tx:
            if not any(tx.all(query) for query in left):
                break
        time.sleep(LOOK_SECONDS)
    bench.worker.stop()


def under_way(*kinds: str) -> sa.Select[Any]:
    """Tasks of these kinds that somebody has claimed, or that are due by themselves: not those that wait for a person,
    an hour or an event."""
    c = task_table.c
    waiting = sa.or_(c.due >= tasks.PARKED, c.due_calendar.is_not(None))
    return sa.select(c.id).where(c.kind.in_(kinds), sa.or_(c.owner.is_not(None), sa.not_(waiting)))


def tasks_of(*kinds: str) -> sa.Select[Any]:
    """All tasks of these kinds."""
    return sa.select(task_table.c.id).where(task_table.c.kind.in_(kinds))


def lives(worker: Path, home: Path, kill_at: int) -> int:
    """Run workers that die before their n-th commit until one rests by itself. Returns how many were killed."""
    for killed in range(LIVES_MAX):
        code = subprocess.run(
            [sys.executable, str(worker), str(home), str(kill_at)], check=False, timeout=120
        ).returncode
        if code == 0:
            return killed
        assert code == -signal.SIGKILL
    raise AssertionError(f"not at rest after {LIVES_MAX} lives")


@contextmanager
def life(server: Path, home: Path) -> Iterator[None]:
    """A server, a program that says `ready`, which is killed at the end of the block."""
    process = subprocess.Popen([sys.executable, str(server), str(home)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        while process.stdout.readline() not in (b"ready\n", b""):
            pass
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
