"""A worker in a process of its own that kills itself, for real, before its n-th commit: `mortal_worker.py HOME N`.

It ends when every project, stack and delivery rests or waits for a person.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))

from ormer import templates
from ormer.stores import tasks
from ormer.stores.tables import tasks as task_table
from projects.conftest import KINDS, bench_in


def main(home: Path, kill_at: int) -> None:
    templates.__path__.append(str(Path(__file__).parents[2] / "project_templates"))
    bench = bench_in(home, threads=2, started=False)
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
    sa.event.listen(database.engine, "commit", maybe_die)
    bench.worker.start()
    c = task_table.c
    parked = sa.or_(c.due >= tasks.PARKED, c.due_calendar.is_not(None))
    left = sa.select(c.id).where(c.kind.in_(KINDS), sa.or_(c.owner.is_not(None), sa.not_(parked)))
    while True:
        with database.read() as tx:
            if not tx.all(left):
                break
        time.sleep(0.02)
    bench.worker.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
