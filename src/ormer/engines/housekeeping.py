"""Housekeeping: looks slowly and regularly for what fell through, and throws away what nobody needs.

Nothing depends on it in the ordinary course: a resource's task is written in the resource's own transaction. Should a
resource that is not final ever stand without a task, the scan gives it one. Sweeping removes contents of deleted
objects and expired session keys. Every pass may run twice.
"""

from __future__ import annotations

import threading
import time

import sqlalchemy as sa
import structlog

from ormer.aws.lifecycles import LIFECYCLES
from ormer.stores import given_up, queries, tasks
from ormer.stores.features import records as feature_records
from ormer.stores.queues import messages
from ormer.stores.state_machines import executions
from ormer.stores.stores import Stores
from ormer.stores.tables import access_keys, resources
from ormer.stores.tables import tasks as task_table

SCAN_SECONDS = 60.0
SWEEP_SECONDS = 3600.0

log = structlog.get_logger("ormer.housekeeping")


class Housekeeping:
    """A thread that scans every minute and sweeps every hour."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _loop(self) -> None:
        swept = time.monotonic()
        while not self._stopping.wait(SCAN_SECONDS):
            try:
                scan(self._stores)
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    swept = time.monotonic()
                    sweep(self._stores)
            except Exception:
                # The next pass may well succeed, and the server is of use without this one.
                log.exception("housekeeping failed; it goes on at the next pass")


def scan(stores: Stores) -> int:
    """Give every resource that is not final and has no task its kind's task. Returns how many there were."""
    found: list[tuple[str, str]] = []
    with stores.database.read() as tx:
        for kind, life in LIFECYCLES.items():
            if life.task is None:
                continue
            own = sa.select(task_table.c.id).where(
                task_table.c.kind == life.task, task_table.c.subject == resources.c.arn
            )
            lost = sa.select(resources.c.arn).where(
                resources.c.kind == kind, resources.c.status.not_in(sorted(life.final)), ~own.exists()
            )
            found += [(life.task, row["arn"]) for row in tx.all(lost)]
    for task, arn in found:
        log.warning("a resource stood without a task", task=task, subject=arn)
        with stores.database.write() as tx:
            tasks.wake(tx, task, arn)
    return len(found)


def sweep(stores: Stores) -> None:
    """Throw away contents of objects that are gone, keys of sessions that are over, old tales of tasks,
    records of Feature Store, messages and express executions whose time is over, and old queries."""
    stores.objects.sweep()
    with stores.database.write() as tx:
        tx.execute(sa.delete(access_keys).where(access_keys.c.expires < stores.clock.now() - SWEEP_SECONDS))
        given_up.forget_old(tx, stores.clock.now())
        feature_records.forget_expired(tx, stores.clock.now())
        queries.forget_old(tx, stores.clock.now())
        messages.forget_expired(tx, stores.clock.now())
    more = True
    while more:
        with stores.database.write() as tx:
            more = executions.forget_express(tx, stores.clock.now())
