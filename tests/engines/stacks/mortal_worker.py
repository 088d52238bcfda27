"""A worker in a process of its own that kills itself, for real, before its n-th commit: `mortal_worker.py HOME N`.

N = 0 lets it live until no stack is under way.
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

from ormer.stores import tasks
from ormer.stores.tables import resources
from ormer.stores.tables import tasks as task_table
from stacks.conftest import bench_in


def main(home: Path, kill_at: int) -> None:
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
    sa.event.listen(sa.Engine, "commit", maybe_die)
    bench.worker.start()
    running = sa.select(resources.c.arn).where(resources.c.kind == "Stack", resources.c.status.like("%_IN_PROGRESS"))
    left = sa.select(task_table.c.id).where(task_table.c.kind == "stack")
    while True:
        with database.read() as tx:
            if not tx.all(running) and not tx.all(left):
                break
        time.sleep(0.02)
    bench.worker.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
