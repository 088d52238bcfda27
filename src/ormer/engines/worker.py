"""The durable engine: claims tasks and runs the function of their kind.

Durable is the task row and whatever the function wrote. A function may run again at any moment: after a crash, after
an exception, after a wake-up it did not need. So it looks at its subject afresh, does what is due, and says when it
wants to be called again. It never sleeps and never waits for another thing: it asks to be woken (`resources.watch`).

While a function runs its lease is prolonged; a function whose lease was lost finds out at its next write
(`Work.write` raises LeaseLost) and ends. A function that raises is logged and tried again with growing pauses.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.stores import Stores
from ormer.stores.tasks import LeaseLost, Task

POLL_SECONDS = 1.0
RECOVERY_SECONDS = 1.0
# Staging copies files and builds environments in these threads; pipelines must find a free one beside them.
THREADS = 16
RETRY_SECONDS_MAX = 60.0
HEARTBEAT_SECONDS = tasks.LEASE_SECONDS / 3

log = structlog.get_logger("ormer.worker")


@dataclass(frozen=True)
class Again:
    """Call me again: after `seconds`, when the calendar reaches `at`, or (neither) when something wakes the task."""

    seconds: float | None = None
    at: float | None = None


@dataclass(frozen=True)
class Work:
    """A claimed task with what its function needs."""

    task: Task
    stores: Stores
    port: Port

    @property
    def subject(self) -> str:
        return self.task.subject

    @property
    def now(self) -> float:
        return self.stores.clock.now()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction that only the current holder of the task can make; LeaseLost otherwise."""
        with self.stores.database.write() as tx:
            tasks.held(tx, self.task)
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        with self.stores.database.read() as tx:
            yield tx


# Returns None when the subject needs nothing more.
Function = Callable[[Work], Again | None]


class Worker:
    """Runs tasks in `threads` threads; `functions` maps a task's kind to what moves it on."""

    def __init__(self, stores: Stores, port: Port, functions: Mapping[str, Function], threads: int = THREADS) -> None:
        self._stores = stores
        self._port = port
        self._functions = dict(functions)
        self._threads = threads
        self._owner = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._running: dict[int, Task] = {}
        self._claims, self._claiming = 0, False
        self._lock = threading.Lock()
        self._loops: list[threading.Thread] = []
        self._unlisten: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to claim tasks."""
        self._unlisten = self._stores.database.signals.tasks.listen(self._news.set)
        for loop in (self._claim_loop, self._heartbeat_loop):
            thread = threading.Thread(target=loop, name=loop.__name__, daemon=True)
            thread.start()
            self._loops.append(thread)

    def stop(self, seconds: float = 10.0) -> None:
        """Claim nothing more and let running functions end; what does not end in time is claimed by the next server."""
        self._stopping.set()
        self._news.set()
        self._unlisten()
        for thread in self._loops:
            thread.join(seconds)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def idle(self) -> bool:
        """Whether nothing runs and nothing is due; for tests that step through time."""
        with self._lock:
            claims, busy = self._claims, bool(self._running) or self._claiming
        if busy:
            return False
        with self._stores.database.read() as tx:
            if tasks.due(tx, list(self._functions), self._stores.clock.now()):
                return False
        # What was claimed while the database was asked is neither due nor was it running before.
        with self._lock:
            return self._claims == claims

    def _claim_loop(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                free = self._threads - len(self._running)
            try:
                claimed = self._claim(free) if free else []
            except SQLAlchemyError as error:  # a full disk, a database away: it is asked again until it answers
                log.error("tasks cannot be claimed", exc_info=error)
                self._stopping.wait(RECOVERY_SECONDS)
                continue
            for task in claimed:
                self._pool.submit(self._run, task)
            if len(claimed) < free or not free:
                self._news.wait(POLL_SECONDS)
                self._news.clear()

    def _claim(self, limit: int) -> list[Task]:
        database = self._stores.database
        now = self._stores.clock.now()
        with database.read() as tx:
            if not tasks.due(tx, list(self._functions), now):
                return []
        with self._lock:
            self._claims, self._claiming = self._claims + 1, True
        claimed: list[Task] = []
        try:
            with database.write() as tx:
                claimed = tasks.claim(tx, self._owner, list(self._functions), now, limit)
        finally:
            with self._lock:
                self._running |= {task.id: task for task in claimed}
                self._claiming = False
        return claimed

    def _run(self, task: Task) -> None:
        try:
            self._run_once(task)
        except LeaseLost:
            log.warning("lease lost", task=task.kind, subject=task.subject)
        finally:
            with self._lock:
                self._running.pop(task.id, None)
            self._news.set()

    def _run_once(self, task: Task) -> None:
        database = self._stores.database
        try:
            again = self._functions[task.kind](Work(task, self._stores, self._port))
        except LeaseLost:
            raise
        except Exception as error:
            pause = min(RETRY_SECONDS_MAX, 0.5 * 2**task.failures)
            log.error("task raised", task=task.kind, subject=task.subject, retry_seconds=pause, exc_info=error)
            with database.write() as tx:
                tasks.fail(tx, task, traceback.format_exc()[-4000:], pause)
            return
        with database.write() as tx:
            if again is None:
                tasks.finish(tx, task)
            else:
                tasks.park(tx, task, again.seconds, again.at)

    def _heartbeat_loop(self) -> None:
        while not self._stopping.wait(HEARTBEAT_SECONDS):
            with self._lock:
                running = list(self._running.values())
            if not running:
                continue
            try:
                with self._stores.database.write() as tx:
                    tasks.heartbeat(tx, running)
            except SQLAlchemyError as error:  # the next beat may come in time; else the leases go to others
                log.error("leases cannot be renewed", exc_info=error)
