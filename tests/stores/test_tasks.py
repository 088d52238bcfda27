"""The task table: leases, fences, wake-ups and the calendar; then against a model of what it promises."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ormer.stores import tasks
from ormer.stores.database import Database
from ormer.stores.tasks import LeaseLost

KINDS = ["job"]


def claim(database, owner="me", now=0.0, limit=10):
    with database.write() as tx:
        return tasks.claim(tx, owner, KINDS, now, limit)


def expire(database):
    with database.write() as tx:
        tx.execute(sa.update(tasks.tasks).values(lease_until=0.0))


def wake(database, subject="a"):
    with database.write() as tx:
        tasks.wake(tx, "job", subject)


def test_a_claimed_task_is_nobody_elses_until_its_lease_is_over(database):
    wake(database)
    (first,) = claim(database)
    assert claim(database, "other") == []
    expire(database)
    (second,) = claim(database, "other")
    assert second.fence == first.fence + 1
    with database.write() as tx:
        tasks.held(tx, second)
        with pytest.raises(LeaseLost):
            tasks.held(tx, first)
        tasks.finish(tx, first)
        tasks.held(tx, second)


def test_an_old_holder_does_not_hold_the_next_task_that_gets_its_number(database):
    wake(database)
    (old,) = claim(database)
    expire(database)
    (last,) = claim(database, "other")
    with database.write() as tx:
        tasks.finish(tx, last)
    wake(database)
    (new,) = claim(database, "other")
    assert new.id == old.id
    with database.write() as tx, pytest.raises(LeaseLost):
        tasks.held(tx, old)


def test_a_task_that_is_woken_while_it_runs_runs_again(database):
    for end in (tasks.finish, lambda tx, task: tasks.park(tx, task, None)):
        wake(database)
        (running,) = claim(database)
        wake(database)
        with database.write() as tx:
            end(tx, running)
        (again,) = claim(database)
        with database.write() as tx:
            tasks.finish(tx, again)
        assert claim(database) == []


def test_a_parked_task_waits_for_a_wake_up_or_the_calendar(database):
    wake(database)
    (task,) = claim(database)
    with database.write() as tx:
        tasks.park(tx, task, None)
    assert claim(database) == []
    wake(database)
    (task,) = claim(database)
    with database.write() as tx:
        tasks.park(tx, task, None, 500.0)
    assert claim(database, now=499.0) == []
    assert len(claim(database, now=500.0)) == 1


def test_a_scheduled_task_moves_with_the_calendar(database):
    with database.write() as tx:
        tasks.schedule(tx, "job", "later", 100.0)
        assert not tasks.due(tx, KINDS, 99.0) and tasks.due(tx, KINDS, 100.0)
        tasks.schedule(tx, "job", "later", 200.0)
        assert not tasks.due(tx, KINDS, 199.0)


def test_gathering_makes_a_task_due_soon_and_then_leaves_it(database):
    def gather():
        with database.write() as tx:
            tasks.gather(tx, "job", "a", 60.0)
            return tx.one(sa.select(tasks.tasks.c.due, tasks.tasks.c.wakes))

    first, second = gather(), gather()
    assert claim(database) == [] and second == first
    with database.write() as tx:
        tx.execute(sa.update(tasks.tasks).values(due=0.0))
    (task,) = claim(database)
    gather()
    with database.write() as tx:
        tasks.park(tx, task, None)
    # What came while it ran makes it run again.
    assert [again.subject for again in claim(database)] == ["a"]


def test_a_failed_task_keeps_its_error_and_counts(database):
    wake(database)
    (task,) = claim(database)
    with database.write() as tx:
        tasks.fail(tx, task, "Traceback: why", 0.0)
        row = tx.one(sa.select(tasks.tasks))
    assert (row["failures"], row["last_error"], row["owner"]) == (1, "Traceback: why", None)
    (again,) = claim(database)
    assert again.failures == 1


def test_a_woken_task_can_be_claimed_in_the_transaction_that_wakes_it(database):
    with database.write() as tx:
        tasks.wake(tx, "job", "a")
        assert list(tx.woken) == [("job", "a")]
        task = tasks.claim_woken(tx, "me", "job", "a")
        assert task is not None
        assert tasks.claim_woken(tx, "other", "job", "a") is None
    assert claim(database) == []
    with database.write() as tx:
        tasks.held(tx, task)
        tasks.wake(tx, "job", "a")
        assert tasks.claim_woken(tx, "other", "job", "a") is None
        tasks.park(tx, task, None)
        again = tasks.claim_woken(tx, "other", "job", "a")
        assert again is not None and again.fence == task.fence + 1


class TaskTable(RuleBasedStateMachine):
    """Two workers, three subjects. Promise: one holder at a time, and no wake-up is ever lost."""

    subjects = st.sampled_from(["a", "b", "c"])

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "db")
        tasks.tasks.create(self.database.engine)
        self.held: dict[str, tasks.Task] = {}
        self.stale: list[tasks.Task] = []
        # Subjects that must run (again): woken, and not claimed since.
        self.owed: set[str] = set()

    @rule(subject=subjects)
    def wake(self, subject: str) -> None:
        wake(self.database, subject)
        self.owed.add(subject)

    @rule()
    def claim(self) -> None:
        claimed = claim(self.database)
        for task in claimed:
            assert task.subject not in self.held, "two hold one task"
            self.held[task.subject] = task
        free = self.owed - (set(self.held) - {task.subject for task in claimed})
        assert {task.subject for task in claimed} == free, "a claim takes all that is owed and nothing else"
        self.owed -= {task.subject for task in claimed}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), how=st.sampled_from(["finish", "park", "fail"]))
    def end(self, data: st.DataObject, how: str) -> None:
        task = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
        with self.database.write() as tx:
            if how == "finish":
                tasks.finish(tx, task)
            elif how == "park":
                tasks.park(tx, task, None)
            else:
                tasks.fail(tx, task, "error", 0.0)
                self.owed.add(task.subject)

    @precondition(lambda self: self.held)
    @rule()
    def crash(self) -> None:
        """Every lease runs out: what was held is owed again, and the old holders are fenced off once it is claimed."""
        expire(self.database)
        self.stale += self.held.values()
        self.owed |= set(self.held)
        self.held = {}
        self.claim()

    @precondition(lambda self: self.stale)
    @rule()
    def ghost(self) -> None:
        """A holder that lost its lease comes back: its writes are refused and change nothing."""
        for task in self.stale:
            with self.database.write() as tx:
                with pytest.raises(LeaseLost):
                    tasks.held(tx, task)
                tasks.finish(tx, task)
                tasks.fail(tx, task, "ghost", 1000.0)
        self.stale = []

    @invariant()
    def holders_hold(self) -> None:
        with self.database.read() as tx:
            for task in self.held.values():
                tasks.held(tx, task)

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()


TestTaskTable = TaskTable.TestCase
TestTaskTable.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
