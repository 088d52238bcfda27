"""What passes between the worker and the functions of its tasks: a claimed task, and when to be called again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ormer.stores import tasks
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.stores import Stores
from ormer.stores.tasks import Task


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
    _let_go: list[Again | None] = field(default_factory=list, compare=False)

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

    def let_go(self, tx: Tx, again: Again | None) -> None:
        """End the task with this transaction, the function's last; it returns what it says here.

        What the function does behind the transaction may happen beside the task's next run.
        """
        end(tx, self.task, again)
        tx.after_commit(lambda: self._let_go.append(again))


# Returns None when the subject needs nothing more.
Function = Callable[[Work], Again | None]
# Ends what a task works for, in the transaction, with the text that tells people why. Returns whether there was
# anything to end: where there was nothing, or nothing that should end for this, the task goes on.
Ending = Callable[[Work, Tx, str], bool]


def end(tx: Tx, task: Task, again: Again | None) -> None:
    """Finish the task, or park it until it is to be called again."""
    if again is None:
        tasks.finish(tx, task)
    else:
        tasks.park(tx, task, again.seconds, again.at)
