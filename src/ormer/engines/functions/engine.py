"""The functions engine: takes an invocation from its row to its answer.

Durable is the row: what is asked, which attempt is due, the answer. An attempt is a supervised program in the jobs'
sandbox, claimed by its folder, so that it runs once whoever asks and however often; a server that starts anew finds it
there and follows it again. A synchronous Invoke waits beside its row: should the server be killed meanwhile the caller
loses the connection, as at AWS, and the invocation ends by itself.

An asynchronous invocation that failed is tried twice more, a minute and two minutes later, unless its function is
configured otherwise (`retries`).
"""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog

from ormer.aws.lifecycles import lifecycle
from ormer.engines.functions import answers, environments, folders, plans, retries, tasks
from ormer.engines.functions.folders import RunFolder
from ormer.engines.functions.tasks import CodeBroken
from ormer.engines.images import BuildFailed
from ormer.engines.jobs.capacity import Capacity
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following, Trace, drain
from ormer.engines.jobs.sandbox import SandboxUnavailable, choose
from ormer.engines.jobs.supervision import Handle, Spawner, StartFailed, attach, end_all
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores import tasks as task_store
from ormer.stores.database import Tx, out_of_space
from ormer.stores.functions import invocations
from ormer.stores.functions.invocations import FAILED, KIND, RUNNING, SUCCEEDED, Answer
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.functions")

TASK = "function_invocation"
# Functions mostly wait for others. Beyond this, asynchronous invocations stand in line, synchronous ones are refused.
AT_ONCE = 16
# The end of a program wakes its task; this is for one whose news got lost.
LOOK_SECONDS = 5.0
WAIT_SECONDS = 1.0


class FunctionsEngine:
    """Runs functions. `run` is the function of task kind "function_invocation"; start it before the worker, stop it
    after. `wait` is where synchronous calls wait.
    """

    def __init__(self, stores: Stores, port: Port, surroundings: Surroundings, sandbox: str = "auto") -> None:
        self._stores = stores
        self._port = port
        self._surroundings = surroundings
        self._setting = sandbox
        self._line = Capacity()
        self._following = Following(stores.database, stores.clock.now, self._wake)
        self._spawner: Spawner | None = None
        self._problem = ""
        self._lock = threading.Lock()
        self._waiting: dict[str, threading.Event] = {}

    def start(self) -> None:
        """Choose the sandbox, count what runs already and wake every invocation that is not over."""
        folders.runs(self._stores.home).mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._spawner = Spawner(choose(self._setting))
        except SandboxUnavailable as error:
            self._problem = str(error)
        self._restore()
        self._following.start()

    def stop(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        self._following.stop()
        if self._spawner is not None:
            self._spawner.close()

    def wait(self, arn: str, seconds: float) -> Row | None:
        """Wait for an invocation's end; None when it has not come in that time. Never inside a transaction."""
        with self._lock:
            ended = self._waiting.setdefault(arn, threading.Event())
        deadline = time.monotonic() + seconds
        try:
            while True:
                with self._stores.database.read() as tx:
                    row = resources.get(tx, arn)
                if row is None or row.status in lifecycle(KIND).final:
                    return row
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                ended.wait(min(WAIT_SECONDS, left))
        finally:
            with self._lock:
                self._waiting.pop(arn, None)

    def run(self, work: Work) -> Again | None:
        """Take the invocation as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status in lifecycle(KIND).final:
            remove(folders.invocation_folder(self._stores.home, row.facts["id"]))
            return None
        due = row.facts.get("due")
        if due is not None and work.now < due:
            return Again(at=due)
        folder = folders.run_folder(self._stores.home, row.facts["id"], row.facts["attempt"])
        handle = attach(folder.run)
        if handle is None:
            if not self._line.admit(row.arn, 1 / AT_ONCE, row.created):
                return self._refuse_or_queue(work, row)
            try:
                handle = self._started(work, row, folder)
            except _CannotRun as error:
                return self._end(work, row, Answer(code=error.code, message=error.text))
        return self._watch(work, row, folder, handle)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End an invocation whose task raises again and again, and its program; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(KIND).final:
            return False
        self._following.leave(row.arn)
        end_all([folders.run_folder(self._stores.home, row.facts["id"], row.facts["attempt"]).run])
        facts = {"answer": vars(Answer(code="ServiceException", message=reason))}
        resources.advance(tx, row.arn, FAILED, now=work.now, change={"EndTimestamp": work.now}, facts=facts)
        for arn in self._line.release(row.arn):
            task_store.wake(tx, TASK, arn)
        tx.after_commit(lambda: self._tell(row.arn))
        return True

    def _refuse_or_queue(self, work: Work, row: Row) -> Again | None:
        if row.facts["asynchronous"]:
            return Again()
        return self._end(work, row, Answer(code="TooManyRequestsException", message="Rate Exceeded."))

    def _started(self, work: Work, row: Row, folder: RunFolder) -> Handle:
        """Start the attempt; raises _CannotRun."""
        if self._spawner is None:
            raise _CannotRun("ServiceException", f"functions cannot run here: {self._problem}")
        with work.read() as tx:
            configuration = resources.get(tx, row.facts["configuration"])
        if configuration is None:
            raise _CannotRun("ResourceNotFoundException", f"Function not found: {row.facts['configuration']}")
        home = self._stores.home
        folder.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            task = tasks.unpacked(home, configuration.facts["code"])
            layers = tasks.stacked(home, configuration.facts.get("layers", []))
            venv = environments.environment(home, configuration.document["Runtime"])
            attempt = plans.Attempt(row, configuration, folder, task, layers, venv, self._stores, self._surroundings)
            job = plans.job(attempt, work.task.fence, folders.starts(home))
            with work.read() as tx:
                task_store.held(tx, work.task)
            return self._spawner.start(job, folder.run)
        except CodeBroken as error:
            raise _CannotRun("InvalidZipFileException", str(error)) from error
        except BuildFailed as error:
            text = f"the environment of {configuration.document['Runtime']} could not be built: {error}"
            raise _CannotRun("InvalidRuntimeException", text) from error
        except (SandboxUnavailable, StartFailed) as error:
            raise _CannotRun("ServiceException", str(error)) from error
        except OSError as error:
            if not out_of_space(error):
                raise
            raise _CannotRun("ServiceException", f"the disk is full: {error}") from error

    def _watch(self, work: Work, row: Row, folder: RunFolder, handle: Handle) -> Again | None:
        result = handle.result()
        if result is None:
            self._following.follow(row.arn, [self._trace(row, folder)], [handle])
            return Again(seconds=LOOK_SECONDS)
        handle.close()
        self._following.leave(row.arn)
        drain(self._stores.database, self._trace(row, folder), self._stores.clock.now)
        return self._end(work, row, answers.read(folder, result, row.name))

    def _end(self, work: Work, row: Row, answer: Answer) -> Again | None:
        """Keep the answer, or let another attempt follow."""
        due = retries.due(work, row, answer) if answer.failed else None
        facts: JsonDict = {"answer": vars(answer)}
        with work.write() as tx:
            for arn in self._line.release(row.arn):
                task_store.wake(tx, TASK, arn)
            if due is not None:
                current = resources.get(tx, row.arn)
                assert current is not None, "an invocation is forgotten only when it is over"
                facts |= {"attempt": row.facts["attempt"] + 1, "due": due}
                resources.save(tx, current, {}, now=work.now, facts=facts, touch=False)
                work.let_go(tx, Again(at=due))
                return Again(at=due)
            status = FAILED if answer.failed else SUCCEEDED
            moved = resources.advance(tx, row.arn, status, now=work.now, change={"EndTimestamp": work.now}, facts=facts)
            if moved is not None and row.facts["asynchronous"]:
                retries.send_on(work, tx, moved, answer)
            work.let_go(tx, None)
        self._tell(row.arn)
        remove(folders.invocation_folder(self._stores.home, row.facts["id"]))
        return None

    def _tell(self, arn: str) -> None:
        with self._lock:
            waiting = self._waiting.get(arn)
        if waiting is not None:
            waiting.set()

    def _trace(self, row: Row, folder: RunFolder) -> Trace:
        with self._stores.database.read() as tx:
            configuration = resources.get(tx, row.facts["configuration"])
        name = row.parent.rpartition(":")[2]
        group = plans.group_of(configuration.document if configuration is not None else {"FunctionName": name})
        stream = plans.stream_of(row)
        return Trace(folder.log, row.account, row.region, group, stream, plans.NAME, row.name, tabs=True)

    def _restore(self) -> None:
        """After a start: count what runs, wake what is not over, sweep what nobody needs."""
        c, home, known = table.c, self._stores.home, set()
        with self._stores.database.write() as tx:
            for row in resources.select(tx, c.kind == KIND, c.status == RUNNING):
                known.add(row.facts["id"])
                handle = attach(folders.run_folder(home, row.facts["id"], row.facts["attempt"]).run)
                if handle is not None:
                    handle.close()
                    self._line.restore(row.arn, 1 / AT_ONCE)
                task_store.wake(tx, TASK, row.arn)
            invocations.forget_old(tx, self._stores.clock.now())
        for folder in folders.runs(home).iterdir():
            if folder.name not in known:
                remove(folder)

    def _wake(self, arn: str) -> None:
        with self._stores.database.write(durable=False) as tx:
            task_store.wake(tx, TASK, arn)


class _CannotRun(Exception):
    """The function cannot be run. code: the error that Invoke answers."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
