"""What becomes of a task whose function raised: another try after a pause, or its end.

What raises for the machine's sake (a full disk, a locked database) is tried for ever. Else the task is given up after
TRIES_MAX tries, where its kind has an `Ending`: that ends what the task works for, with the reason, and the task runs a
last time to clear up behind it. Kinds that work for nothing in particular have none, and go on. How often a task was
tried is in its row, so that a crash forgets nothing.
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import DBAPIError

from ormer.engines.work import Ending, Work
from ormer.stores import given_up, tasks
from ormer.stores.database import passes
from ormer.stores.stores import Stores
from ormer.stores.tasks import LeaseLost

RETRY_SECONDS_FIRST, RETRY_GROWTH, RETRY_SECONDS_MAX = 0.5, 3, 60.0
# Between tries while the machine is in no state to go on.
PASSING_SECONDS = 5.0
TRIES_MAX = 5
ERROR_CHARACTERS_MAX, CAUSE_CHARACTERS_MAX = 4000, 400

log = structlog.get_logger("ormer.worker")


class Raised:
    """Deals with tasks that raised. raised, given_up: how often that happened since the start, by the task's kind."""

    def __init__(self, stores: Stores, endings: Mapping[str, Ending]) -> None:
        self.raised: Counter[str] = Counter()
        self.given_up: Counter[str] = Counter()
        self._stores = stores
        self._endings = dict(endings)
        self._lock = threading.Lock()

    def settle(self, work: Work, error: Exception) -> float:
        """Give the task up, or let it be tried again. Returns the seconds until it is due."""
        task, passing = work.task, passes(error)
        tries = task.failures + (not passing)
        text = "".join(traceback.format_exception(error))[-ERROR_CHARACTERS_MAX:]
        # The same error is written out once, however often it comes again.
        shown = error if text != task.last_error else None
        log.error("task raised", task=task.kind, subject=task.subject, tries=tries, why=_cause(error), exc_info=shown)
        self._count(self.raised, task.kind)
        if not passing and tries >= TRIES_MAX and self._give_up(work, error, text):
            return 0.0
        pause = PASSING_SECONDS if passing else pause_seconds(task.failures)
        with self._stores.database.write(durable=False) as tx:
            tasks.fail(tx, task, text, pause, counted=not passing)
        return pause

    def _give_up(self, work: Work, error: Exception, text: str) -> bool:
        """End what the task works for, if its kind can be ended; whether it was."""
        task, ending = work.task, self._endings.get(work.task.kind)
        if ending is None:
            return False
        place = self._stores.home / "logs" / "server.log"
        reason = f"InternalServerError: {_cause(error)} (tried {TRIES_MAX} times). The traceback is in {place}."
        try:
            with work.write() as tx:
                if not ending(work, tx, reason):
                    return False
                given_up.record(tx, task, text, work.now)
                tasks.run_anew(tx, task)
        except LeaseLost:
            raise
        except Exception as failure:
            log.error("a task could not be given up", task=task.kind, subject=task.subject, exc_info=failure)
            return False
        self._count(self.given_up, task.kind)
        log.error("task given up", task=task.kind, subject=task.subject, reason=reason)
        return True

    def _count(self, counter: Counter[str], kind: str) -> None:
        with self._lock:
            counter[kind] += 1


def pause_seconds(failures: int) -> float:
    """How long a task waits for its next try after so many failed ones before this."""
    pause: float = RETRY_SECONDS_FIRST * RETRY_GROWTH ** min(failures, TRIES_MAX)
    return min(RETRY_SECONDS_MAX, pause)


def _cause(error: Exception) -> str:
    """An error in one line, without the values that a statement was given."""
    known = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = " ".join(str(known).split())
    return f"{type(known).__name__}: {line}"[:CAUSE_CHARACTERS_MAX].rstrip(": ")
