"""The worker: retries, lost leases, wake-ups and an orderly stop."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from ormer.aws.clock import ScaledClock
from ormer.aws.models import Models
from ormer.engines.raising import pause_seconds
from ormer.engines.worker import POLL_SECONDS, Again, Work, Worker
from ormer.services.registry import Services
from ormer.stores import given_up, tasks
from ormer.stores.access import PolicyGate
from ormer.stores.database import passes, upsert
from ormer.stores.port import Port
from ormer.stores.stores import open_stores
from ormer.stores.tables import settings
from ormer.stores.tables import tasks as table
from ormer.stores.tasks import LeaseLost

PATIENCE_SECONDS = 60


@pytest.fixture
def working(stores):
    """`working(function, ending)` starts a worker for tasks of the kind "kind"."""
    started = []

    def start(function, ending=None):
        port = Port(stores, Services(), PolicyGate(stores), Models())
        worker = Worker(stores, port, {"kind": function}, threads=2, endings={"kind": ending} if ending else None)
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def working_in(tmp_path):
    """`working_in(clock)` makes a worker that does not run yet, and its stores, whose calendar is `clock`."""
    opened = []

    def make(clock):
        stores = open_stores(tmp_path / "other", tmp_path / "other.db", clock)
        opened.append(stores)
        port = Port(stores, Services(), PolicyGate(stores), Models())
        return Worker(stores, port, {"kind": lambda work: None}), stores

    yield make
    for stores in opened:
        stores.close()


def wake(stores, subject="subject"):
    with stores.database.write() as tx:
        tasks.wake(tx, "kind", subject)


def test_a_function_that_raises_is_called_again_and_its_error_is_kept(stores, working):
    calls, errors, done = [], [], threading.Event()

    def function(work: Work) -> Again | None:
        with work.read() as tx:
            row = tx.one(sa.select(table).where(table.c.id == work.task.id))
        calls.append(work.task.failures)
        errors.append(row["last_error"])
        if len(calls) < 3:
            raise ValueError("not yet")
        done.set()
        return None

    working(function)
    wake(stores)
    assert done.wait(PATIENCE_SECONDS)
    assert calls == [0, 1, 2]
    assert errors[0] is None and "ValueError: not yet" in errors[1]


def hurried(stores):
    """Take away the pauses before the next tries."""
    with stores.database.write() as tx:
        tx.execute(sa.update(table).values(due=0.0))
        tx.after_commit(tx.signals.tasks.send)


def until(stores, holds):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        hurried(stores)
        time.sleep(0.01)


def test_a_task_that_works_for_something_is_given_up_whatever_server_tried_it(stores, working):
    calls, reasons = [], []

    def function(work: Work) -> Again | None:
        calls.append(work.task.failures)
        if not reasons:
            raise ValueError("never  well\nat all")
        return None

    def ending(work, tx, reason):
        reasons.append(reason)
        return True

    first = working(function, ending)
    wake(stores)
    until(stores, lambda: len(calls) == 2)
    first.stop()
    second = working(function, ending)
    until(stores, lambda: reasons and second.idle())
    assert calls == [0, 1, 2, 3, 4, 0]
    (reason,) = reasons
    assert reason.startswith("InternalServerError: ValueError: never well at all (tried 5 times). The traceback is in ")
    with stores.database.read() as tx:
        assert tx.all(sa.select(table)) == []
        (lost,) = given_up.since(tx, 0.0)
    assert (lost["kind"], lost["subject"]) == ("kind", "subject") and "never  well" in lost["error"]


def test_a_task_that_works_for_nothing_is_never_given_up(stores, working):
    calls, done = [], threading.Event()

    def function(work: Work) -> Again | None:
        calls.append(work.task.failures)
        if len(calls) < 12:
            raise ValueError("not yet")
        done.set()
        return None

    worker = working(function, lambda work, tx, reason: False)
    wake(stores)
    until(stores, done.is_set)
    assert calls == list(range(12)) and not worker.troubles.given_up


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked")),
        MemoryError(),
    ],
)
def test_what_passes_is_tried_for_ever_and_is_nobodys_fault(stores, working, error):
    calls, done = [], threading.Event()

    def function(work: Work) -> Again | None:
        calls.append(work.task.failures)
        if len(calls) < 8:
            raise error
        done.set()
        return None

    worker = working(function, lambda work, tx, reason: True)
    wake(stores)
    until(stores, done.is_set)
    assert calls == [0] * 8 and not worker.troubles.given_up


def test_only_what_is_the_machines_state_passes():
    assert not passes(sa.exc.OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: x")))
    assert not passes(FileNotFoundError(errno.ENOENT, "none"))
    wrapped = ValueError()
    wrapped.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert passes(wrapped) and not passes(ValueError())


def test_pauses_between_tries_grow_up_to_a_minute():
    assert [pause_seconds(failures) for failures in range(6)] == [0.5, 1.5, 4.5, 13.5, 40.5, 60.0]
    assert pause_seconds(10_000) == 60.0


def test_a_traceback_is_logged_once_and_holds_no_values(stores, working):
    calls = []

    def function(work: Work) -> Again | None:
        calls.append(1)
        if len(calls) > 3:
            return None
        with work.read() as tx:
            tx.one(sa.text("SELECT * FROM none WHERE name = :name"), {"name": "hunter2"})
        return None

    with capture_logs() as lines:
        working(function)
        wake(stores)
        until(stores, lambda: len(calls) == 4)
    told = [line for line in lines if line["event"] == "task raised"]
    assert [line["exc_info"] is not None for line in told] == [True, False, False]
    assert "hunter2" not in str(told[0]["exc_info"])
    assert [line["why"] for line in told] == ["OperationalError: no such table: none"] * 3


def test_a_holder_that_lost_its_lease_writes_nothing(stores, working):
    lost, done = [], threading.Event()

    def function(work: Work) -> Again | None:
        if not lost:
            with stores.database.write() as tx:
                tx.execute(sa.update(table).values(lease_until=0.0))
                (stolen,) = tasks.claim(tx, "thief", ["kind"], work.now, 1)
            try:
                with work.write() as tx:
                    tx.execute(upsert(tx, settings, ["name"], {"name": "ghost", "value": 1}))
            except LeaseLost:
                lost.append(True)
                with stores.database.write() as tx:
                    tasks.fail(tx, stolen, "given back", 0.0)
                    tx.after_commit(tx.signals.tasks.send)
                raise
        done.set()
        return None

    working(function)
    wake(stores)
    assert done.wait(PATIENCE_SECONDS)
    assert lost == [True]
    with stores.database.read() as tx:
        assert tx.one(sa.select(settings).where(settings.c.name == "ghost")) is None


def test_a_wake_up_while_the_function_runs_is_answered_with_another_run(stores, working):
    runs, second = [], threading.Event()

    def function(work: Work) -> Again | None:
        runs.append(work.task.fence)
        if len(runs) == 1:
            wake(stores)
        else:
            second.set()
        return None

    working(function)
    wake(stores)
    assert second.wait(PATIENCE_SECONDS)
    assert len(runs) == 2


def test_the_calendar_wakes_a_task_that_asked_for_it(stores, clock, working):
    seen, later = [], threading.Event()

    def function(work: Work) -> Again | None:
        seen.append(work.now)
        if len(seen) == 1:
            return Again(at=work.now + 3600)
        later.set()
        return None

    worker = working(function)
    wake(stores)
    while not (seen and worker.idle()):
        threading.Event().wait(0.01)
    clock.advance(3600)
    assert later.wait(PATIENCE_SECONDS)
    assert seen[1] - seen[0] == 3600


def test_the_loop_sleeps_until_the_first_task_is_due_by_whatever_clock(working_in):
    clock = ScaledClock(1000.0, start=1_700_000_000.0)
    worker, stores = working_in(clock)
    with stores.database.write() as tx:
        tasks.schedule(tx, "kind", "by the calendar", clock.now() + 250.0)
    with stores.database.read() as tx:
        assert 0.0 < worker.seconds_until_due(tx) <= 0.25
    with stores.database.write() as tx:
        tasks.schedule(tx, "kind", "by the calendar", clock.now() + 1_000_000.0)
    with stores.database.read() as tx:
        assert worker.seconds_until_due(tx) == POLL_SECONDS
    with stores.database.write() as tx:
        tasks.wake(tx, "kind", "by the machine")
        tasks.nudge(tx, "kind", "by the machine", 0.0)
        tx.execute(sa.update(table).where(table.c.subject == "by the machine").values(due=time.time() + 0.5))
    with stores.database.read() as tx:
        assert 0.0 < worker.seconds_until_due(tx) <= 0.5


def test_who_lets_a_task_be_due_sooner_tells_the_loop(stores, clock):
    told = []
    stores.database.signals.tasks.listen(lambda: told.append(True))
    with stores.database.write() as tx:
        tasks.schedule(tx, "kind", "subject", clock.now() + 60)
    assert len(told) == 1
    with stores.database.write() as tx:
        tasks.nudge(tx, "kind", "subject", 0.5)
        tasks.nudge(tx, "kind", "nobody", 0.5)
    assert len(told) == 2


def test_a_stop_lets_the_running_function_end(stores, working):
    entered, leave, ended = threading.Event(), threading.Event(), []

    def function(work: Work) -> Again | None:
        entered.set()
        leave.wait(PATIENCE_SECONDS)
        ended.append(work.subject)
        return None

    worker = working(function)
    wake(stores)
    assert entered.wait(PATIENCE_SECONDS)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    wake(stores, "too late")
    leave.set()
    stopping.join()
    assert ended == ["subject"]
    with stores.database.read() as tx:
        assert [row["subject"] for row in tx.all(sa.select(table))] == ["too late"]


def test_a_worker_is_not_idle_between_a_claim_and_its_run(stores, working):
    ran = []
    worker = working(lambda work: ran.append(work.subject))
    for number in range(60):
        wake(stores, str(number))
        while not worker.idle():
            pass
        assert ran[-1] == str(number)


def test_a_task_is_claimed_and_ended_within_commits_that_are_made_anyway(stores, working):
    done, commits = threading.Event(), []

    def function(work: Work) -> Again | None:
        with work.write() as tx:
            tx.execute(upsert(tx, settings, ["name"], {"name": "moved", "value": 1}))
            work.let_go(tx, None)
        done.set()
        return None

    worker = working(function)
    while not worker.idle():
        pass

    def count(_connection: sa.Connection) -> None:
        commits.append(1)

    sa.event.listen(sa.Engine, "commit", count)
    try:
        wake(stores)
        assert done.wait(PATIENCE_SECONDS)
        while not worker.idle():
            pass
    finally:
        sa.event.remove(sa.Engine, "commit", count)
    # What woke it, and what it wrote.
    assert len(commits) == 2
    with stores.database.read() as tx:
        assert tx.all(sa.select(table)) == []


def test_what_a_rolled_back_transaction_woke_does_not_run(stores, working):
    ran = []
    worker = working(lambda work: ran.append(work.subject))

    def fail() -> None:
        with stores.database.write() as tx:
            tasks.wake(tx, "kind", "never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    wake(stores, "then")
    while not (ran and worker.idle()):
        pass
    assert ran == ["then"]


def test_more_tasks_than_threads_all_run(stores, working):
    ran = []
    worker = working(lambda work: ran.append(work.subject))
    with stores.database.write() as tx:
        for number in range(30):
            tasks.wake(tx, "kind", str(number))
    while len(ran) < 30 or not worker.idle():
        pass
    assert sorted(ran, key=int) == [str(number) for number in range(30)]


def test_a_task_let_go_may_run_again_before_its_function_returns(stores, working):
    second, fences = threading.Event(), []

    def function(work: Work) -> Again | None:
        fences.append(work.task.fence)
        if len(fences) == 2:
            second.set()
            return None
        with work.write() as tx:
            work.let_go(tx, Again())
        wake(stores)
        assert second.wait(PATIENCE_SECONDS)
        return Again()

    worker = working(function)
    wake(stores)
    assert second.wait(PATIENCE_SECONDS)
    while not worker.idle():
        pass
    assert fences[1] == fences[0] + 1
    with stores.database.read() as tx:
        assert tx.all(sa.select(table)) == []


def test_a_task_that_asks_for_moments_is_called_when_they_have_passed(stores, working):
    calls, done = [], threading.Event()

    def function(work: Work) -> Again | None:
        calls.append(work.task.fence)
        if len(calls) == 100:
            done.set()
            return None
        return Again(seconds=0.01)

    working(function)
    wake(stores)
    assert done.wait(PATIENCE_SECONDS)
