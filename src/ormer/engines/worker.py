"""The durable engine: claims tasks and runs the function of their kind.

Durable is the task row and whatever the function wrote. A function may run again at any moment: after a crash, after
an exception, after a wake-up it did not need. So it looks at its subject afresh, does what is due, and says when it
wants to be called again. It never sleeps and never waits for another thing: it asks to be woken (`resources.watch`).

A task is claimed in the transaction that wakes it, and let go in its function's last one where the function knows that
it is the last (`Work.let_go`): each saves a commit. The loop finds what is left: tasks for which no thread was free,
whose time has come, or whose holder died. It sleeps until the first of them is due, by the clock that task waits for;
what nothing tells of (a holder's death, a calendar that is moved by hand) it finds by looking once a second.

While a function runs its lease is prolonged; a function whose lease was lost finds out at its next write
(`Work.write` raises LeaseLost) and ends.

What becomes of a function that raises stands in `raising`.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.engines.raising import Raised
from ormer.engines.work import Again, Ending, Function, Work, end
from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.stores import Stores
from ormer.stores.tasks import LeaseLost, Task

__all__ = ["Again", "Ending", "Function", "Work", "Worker"]

POLL_SECONDS = 1.0
RECOVERY_SECONDS = 1.0
# Staging copies files and builds environments in these threads; pipelines must find a free one beside them.
THREADS = 16
HEARTBEAT_SECONDS = tasks.LEASE_SECONDS / 3

log = structlog.get_logger("ormer.worker")


class Worker:
    """Runs tasks in `threads` threads; `functions` maps a task's kind to what moves it on, `endings` to what ends its
    subject when it is given up. troubles: counts of what raised.
    """

    def __init__(
        self,
        stores: Stores,
        port: Port,
        functions: Mapping[str, Function],
        threads: int = THREADS,
        endings: Mapping[str, Ending] | None = None,
    ) -> None:
        self.troubles = Raised(stores, endings or {})
        self._stores = stores
        self._port = port
        self._functions = dict(functions)
        self._threads = threads
        self._owner = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._news = threading.Event()
        self._stopping = threading.Event()
        # By the number of the claim: a task may be claimed again before its function has returned.
        self._running: dict[int, Task] = {}
        self._numbers = itertools.count(1)
        self._claims, self._claiming = 0, False
        # How long the loop may sleep after a look; news end it.
        self._patience_seconds = POLL_SECONDS
        # Whether a due task may wait for a free thread.
        self._short = True
        self._lock = threading.Lock()
        self._loops: list[threading.Thread] = []
        self._endings: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to claim tasks."""
        database = self._stores.database
        self._endings = [database.signals.tasks.listen(self._news.set), database.claim_with(self._claim_woken)]
        for loop in (self._claim_loop, self._heartbeat_loop):
            thread = threading.Thread(target=loop, name=loop.__name__, daemon=True)
            thread.start()
            self._loops.append(thread)

    def stop(self, seconds: float = 10.0) -> None:
        """Claim nothing more and let running functions end; what does not end in time is claimed by the next server."""
        with self._lock:
            self._stopping.set()
        self._news.set()
        for stop_listening in self._endings:
            stop_listening()
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
                self._short = not free
            try:
                claimed = self._claim(free) if free else {}
            except SQLAlchemyError as error:  # a full disk, a database away: it is asked again until it answers
                log.error("tasks cannot be claimed", exc_info=error)
                self._stopping.wait(RECOVERY_SECONDS)
                continue
            self._submit(claimed)
            if len(claimed) < free or not free:
                self._news.wait(self._patience_seconds if free else POLL_SECONDS)
                self._news.clear()

    def _claim(self, limit: int) -> dict[int, Task]:
        """Claim what is due; when nothing is, find out how long the loop may sleep."""
        database = self._stores.database
        now = self._stores.clock.now()
        with database.read() as tx:
            if not tasks.due(tx, list(self._functions), now):
                self._patience_seconds = self.seconds_until_due(tx)
                return {}
        self._patience_seconds = POLL_SECONDS
        with self._lock:
            self._claims, self._claiming = self._claims + 1, True
        claimed: dict[int, Task] = {}
        try:
            with database.write(durable=False) as tx:
                found = tasks.claim(tx, self._owner, list(self._functions), now, limit)
            claimed = {next(self._numbers): task for task in found}
        finally:
            with self._lock:
                self._running |= claimed
                self._claiming = False
        return claimed

    def seconds_until_due(self, tx: Tx) -> float:
        """How long the loop may sleep when nothing is due now: until the first task is, at most POLL_SECONDS."""
        machine, calendar = tasks.next_due(tx, list(self._functions))
        seconds = POLL_SECONDS
        if machine is not None:
            seconds = min(seconds, machine)
        if calendar is not None:
            seconds = min(seconds, self._stores.clock.seconds_until(calendar))
        return max(0.0, seconds)

    def _claim_woken(self, tx: Tx) -> Callable[[bool], None]:
        """Claim what the transaction woke, as far as threads are free."""
        with self._lock:
            free = 0 if self._stopping.is_set() else self._threads - len(self._running)
        claimed: dict[int, Task] = {}
        for kind, subject in list(tx.woken):
            if kind not in self._functions:
                continue
            if len(claimed) >= free:
                self._short = True
                break
            del tx.woken[kind, subject]
            task = tasks.claim_woken(tx, self._owner, kind, subject)
            if task is not None:
                claimed[next(self._numbers)] = task
        with self._lock:
            self._claims += 1
            self._running |= claimed

        def told(committed: bool) -> None:
            if committed:
                self._submit(claimed)
            else:
                self._forget(claimed)

        return told

    def _submit(self, claimed: Mapping[int, Task]) -> None:
        """Run claimed tasks; in a worker that ends they are left to the next server."""
        with self._lock:
            if not self._stopping.is_set():
                for number, task in claimed.items():
                    self._pool.submit(self._run, number, task)
                return
        self._forget(claimed)

    def _forget(self, claimed: Mapping[int, Task]) -> None:
        with self._lock:
            for number in claimed:
                self._running.pop(number, None)
            short, self._short = self._short, False
        if short:
            self._news.set()

    def _run(self, number: int, task: Task) -> None:
        try:
            self._run_once(task)
        except LeaseLost:
            log.warning("lease lost", task=task.kind, subject=task.subject)
        finally:
            self._forget({number: task})

    def _run_once(self, task: Task) -> None:
        database = self._stores.database
        work = Work(task, self._stores, self._port)
        try:
            again = self._functions[task.kind](work)
        except LeaseLost:
            raise
        except Exception as error:
            if work._let_go:
                log.error("task raised after its end", task=task.kind, subject=task.subject, exc_info=error)
                return
            self._look_in(self.troubles.settle(work, error))
            return
        if not work._let_go:
            with database.write(durable=False) as tx:
                end(tx, task, again)
        if again is not None and again.seconds is not None:
            self._look_in(again.seconds)
        elif again is not None and again.at is not None:
            self._look_in(self._stores.clock.seconds_until(again.at))

    def _look_in(self, seconds: float) -> None:
        """Let the loop find out anew how long it may sleep, should that be shorter than it would."""
        if seconds < POLL_SECONDS:
            self._news.set()

    def _heartbeat_loop(self) -> None:
        while not self._stopping.wait(HEARTBEAT_SECONDS):
            with self._lock:
                running = list(self._running.values())
            if not running:
                continue
            try:
                with self._stores.database.write(durable=False) as tx:
                    tasks.heartbeat(tx, running)
            except SQLAlchemyError as error:  # the next beat may come in time; else the leases go to others
                log.error("leases cannot be renewed", exc_info=error)
