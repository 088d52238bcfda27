"""A house in a process of its own that kills itself, for real, before its n-th commit: `mortal_house.py HOME N`.

It lives until every event is matched and nothing is left to deliver. N = 0 lets it live until then.
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

from events.conftest import START, bench_in
from ormer.aws.clock import ManualClock
from ormer.engines.events.engine import EventsEngine
from ormer.stores import events
from ormer.stores.tables import tasks


def main(home: Path, kill_at: int, now: float) -> None:
    bench = bench_in(home, ManualClock(now), started=False)
    database = bench.house.stores.database
    count, lock = 0, threading.Lock()

    def maybe_die(_connection: object) -> None:
        nonlocal count
        with lock:
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "commit", maybe_die)
    (engine,) = [one for one in bench.house.engines if isinstance(one, EventsEngine)]
    with database.read() as tx:
        newest = events.last(tx)
    bench.house.start()
    left = sa.select(tasks.c.id).where(
        tasks.c.kind.in_(["event_delivery", "event_tick", "pipeline_execution"]), tasks.c.due_calendar.is_(None)
    )
    while True:
        with database.read() as tx:
            if engine.position >= newest and not tx.all(left):
                break
        time.sleep(0.02)
    bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else START)
