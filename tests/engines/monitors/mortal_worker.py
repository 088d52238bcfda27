"""A worker in a process of its own that kills itself, for real, before its n-th commit: `mortal_worker.py HOME N`.

N = 0 lets it live until every run has ended. The calendar stands at the end of a few hours of schedules.
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

from monitors.conftest import HOUR, NOON, bench_in
from ormer.aws.clock import ManualClock
from ormer.stores import tasks
from ormer.stores.tables import tasks as task_table

HOURS = 3


def main(home: Path, kill_at: int) -> None:
    # It was started before the hours passed.
    clock = ManualClock(NOON)
    bench = bench_in(home, clock, threads=2, started=False)
    clock.advance(HOURS * HOUR)
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
    left = sa.select(task_table.c.id).where(task_table.c.kind.in_(["monitoring_execution", "job"]))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with database.read() as tx:
            begun = len(bench.runs()) == HOURS
            if begun and not tx.all(left):
                break
        time.sleep(0.02)
    bench.worker.stop()
    print(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
