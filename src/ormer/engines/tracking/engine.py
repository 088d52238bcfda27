"""The tracking engine: keeps one MLflow process for each tracking server that should stand.

Durable are the row with its facts (which start is due, which artifact store it was told), the server's database and
what its supervisor writes. A start is claimed by its folder, so it happens once whoever asks; it outlives ormer's own
process, and the next one finds it there. What is known besides is made anew: pauses after ends, who asked when.

A process that ends is started again after a pause, longer each time. One that never answered and keeps ending makes
what was asked for fail, with its last words in the server's log. One that nobody has asked for long is stopped and
comes back with the next request.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.images import BuildFailed
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following, drain
from ormer.engines.jobs.sandbox import SandboxUnavailable
from ormer.engines.jobs.sockets import Sockets
from ormer.engines.jobs.starter import Starter
from ormer.engines.jobs.supervision import Handle, Result, StartFailed, attach, end_all
from ormer.engines.jobs.supervisor import readiness
from ormer.engines.tracking import folders, programs
from ormer.engines.tracking.doors import Doors
from ormer.engines.tracking.folders import ServerFolder
from ormer.engines.worker import Again, Work
from ormer.stores import logs, resources, tasks
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tracking import servers, visits
from ormer.stores.tracking.servers import TASK

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.tracking")
SESSION_NAME = "SageMaker"


@dataclass(frozen=True)
class Patience:
    """How the engine waits, in seconds.

    startup: for the first answer; a database of an older release is brought up to date in it. starting: between looks
    at one that does not answer yet; well: at one that does. retry, retry_max: the first and the longest pause after an
    end. hope: ends without an answer in between that make it hopeless. idle: how long one stays that nobody asks for.
    """

    startup: float = 180.0
    starting: float = 0.25
    well: float = 30.0
    retry: float = 0.5
    retry_max: float = 30.0
    hope: int = 3
    idle: float = 3600.0


@dataclass
class Trouble:
    """ends: since it last answered. retry_at: when it may be started again. began: when its start was seen first, in
    monotonic seconds."""

    ends: int = 0
    retry_at: float = 0.0
    began: float = 0.0


class TrackingEngine:
    """Keeps tracking servers. `run` is the function of task kind "mlflow_server"; start it before the worker, stop it
    after. doors: where the gateway finds those that answer.
    """

    def __init__(
        self,
        stores: Stores,
        port: Port,
        surroundings: Surroundings,
        sandbox: str = "auto",
        patience: Patience | None = None,
    ) -> None:
        self.doors = Doors(self._wake_soon)
        self._stores = stores
        self._port = port
        self._surroundings = surroundings
        self._starter = Starter(sandbox)
        self.patience = patience or Patience()
        self._sockets = Sockets(stores.home / folders.ROOT)
        self._following = Following(stores.database, stores.clock.now, self._wake)
        self._troubles: dict[str, Trouble] = {}
        self._asleep: set[str] = set()

    def start(self) -> None:
        """Wake every server, and remove what belongs to none."""
        self._sockets.open()
        self._following.start()
        known = set()
        with self._stores.database.write() as tx:
            for row in resources.select(tx, table.c.kind.in_(servers.KINDS)):
                known.add(row.facts["id"])
                tasks.wake(tx, TASK, row.arn)
        for folder in (self._stores.home / folders.ROOT).iterdir():
            if folder.name not in known:
                _sweep(ServerFolder(folder))

    def stop(self) -> None:
        """Let go; processes go on and are found again at the next start."""
        self._following.stop()
        self._starter.close()
        self._sockets.close()

    def run(self, work: Work) -> Again | None:
        """Take the server as far as it goes now. Called again whenever something about it may have changed."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            self.doors.forget(work.subject)
            return None
        if row.status in servers.UP or row.status in servers.COMING:
            return self._keep(work, row)
        return self._rest(work, row)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End what was asked of a server whose task raises again and again; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status not in servers.FAILING:
            return False
        resources.advance(tx, row.arn, servers.FAILING[row.status], now=work.now)
        self._note(tx, row, reason)
        return True

    # A server that should stand.

    def _keep(self, work: Work, row: Row) -> Again | None:
        folder, trouble = self._folder(row), self._troubles.setdefault(row.arn, Trouble())
        handle = attach(folder.run(row.facts["attempt"]))
        if handle is None:
            return self._begin(work, row, folder, trouble)
        with handle:
            result = handle.result()
            if result is not None:
                return self._bury(work, row, folder, trouble, result)
            self._following.follow(row.arn, [programs.trace_of(row, folder)], _again(handle))
            moves = row.facts["root"] != row.document["ArtifactStoreUri"]
            if moves and not self._may_move(work, row):
                return Again(seconds=0)
            if moves or self._sleepy(row):
                self.doors.close(row.arn)
                handle.stop()
                return Again()
            return self._look(work, row, folder, trouble, handle)

    def _begin(self, work: Work, row: Row, folder: ServerFolder, trouble: Trouble) -> Again | None:
        """Start the attempt that is due."""
        if row.arn in self._asleep and row.status in servers.UP and not self.doors.wanted(row.arn):
            return Again()
        pause = trouble.retry_at - time.monotonic()
        if pause > 0:
            return Again(seconds=pause)
        try:
            self._check_store(row)
            venv = programs.runtime(self._stores.home, row)
            with work.write() as tx:
                current = resources.get(tx, row.arn)
                if current is None or current.status != row.status:
                    return Again(seconds=0)
                root = {"root": current.document["ArtifactStoreUri"]}
                row = resources.save(tx, current, {}, now=work.now, facts=root, touch=False)
            spawner = self._starter.spawner()
            spawner.start(
                programs.job(row, folder, venv, self._stores, self._surroundings), folder.run(row.facts["attempt"])
            ).close()
        except (_StoreOutOfReach, BuildFailed, SandboxUnavailable, StartFailed) as error:
            return self._cannot(work, row, trouble, str(error))
        self._asleep.discard(row.arn)
        self.doors.ask(row.arn)
        trouble.began = time.monotonic()
        return Again(seconds=self.patience.starting)

    def _look(self, work: Work, row: Row, folder: ServerFolder, trouble: Trouble, handle: Handle) -> Again | None:
        """Learn whether it answers."""
        socket = folder.socket(row.facts["attempt"])
        now = time.monotonic()
        trouble.began = trouble.began or now
        if readiness.ping({"socket": str(socket), "port": None, "path": "/health"}) == readiness.READY:
            trouble.ends = 0
            if not self.doors.wanted(row.arn):
                self.doors.ask(row.arn)
            self.doors.open(row.arn, self._sockets.address(socket))
            self._settle(work, row)
            return Again(seconds=self.patience.well)
        self.doors.close(row.arn)
        if now - trouble.began > self.patience.startup:
            self._say(row, f"It has not answered for {self.patience.startup:g} seconds and is started anew.")
            handle.kill()
        return Again(seconds=self.patience.starting)

    def _settle(self, work: Work, row: Row) -> None:
        to = servers.COMING.get(row.status)
        if to is None:
            return
        change = {"IsActive": "Active"} if row.kind == servers.SERVER else {}
        with work.write() as tx:
            resources.advance(tx, row.arn, to, now=work.now, expect={row.status}, change=change)

    def _bury(self, work: Work, row: Row, folder: ServerFolder, trouble: Trouble, result: Result) -> Again | None:
        """A start is over: keep its last lines, and say when the next one may begin."""
        self.doors.close(row.arn)
        self._following.leave(row.arn)
        drain(self._stores.database, programs.trace_of(row, folder), self._stores.clock.now)
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            if current is None:
                return None
            resources.save(tx, current, {}, now=work.now, facts={"attempt": row.facts["attempt"] + 1}, touch=False)
        remove(folder.run(row.facts["attempt"]).parent)
        trouble.began = 0.0
        if result.reason == "Stopped":
            return Again(seconds=0)
        trouble.ends += 1
        if trouble.ends >= self.patience.hope and row.status in servers.FAILING:
            return self._cannot(work, row, trouble, f"It ended {trouble.ends} times: {_how(result)}")
        pause = min(self.patience.retry_max, self.patience.retry * 2 ** (trouble.ends - 1))
        trouble.retry_at = time.monotonic() + pause
        self._say(row, f"It ended: {_how(result)}. It is started again in {pause:g} seconds.")
        return Again(seconds=pause)

    def _cannot(self, work: Work, row: Row, trouble: Trouble, why: str) -> Again | None:
        """It cannot be started now: what was asked for fails; a server that stood is tried again."""
        self._say(row, why)
        to = servers.FAILING.get(row.status)
        if to is not None:
            with work.write() as tx:
                resources.advance(tx, row.arn, to, now=work.now, expect={row.status}, facts={"reason": why})
            self._troubles.pop(row.arn, None)
            if to != "UpdateFailed":
                return None
        trouble.retry_at = time.monotonic() + self.patience.retry_max
        return Again(seconds=self.patience.retry_max)

    def _check_store(self, row: Row) -> None:
        """Raise _StoreOutOfReach unless the server's role can see the artifact store's bucket."""
        if row.facts["root"] == row.document["ArtifactStoreUri"]:
            return
        role, uri = row.document["RoleArn"], row.document["ArtifactStoreUri"]
        api = self._port.acting_as(session_identity(role, SESSION_NAME), row.region)
        try:
            api("s3", "ListObjectsV2", {"Bucket": uri.removeprefix("s3://").partition("/")[0], "MaxKeys": 1})
        except AwsError as error:
            text = f"The artifact store {uri} cannot be used by the role {role}: {error.message}"
            raise _StoreOutOfReach(text) from error

    def _may_move(self, work: Work, row: Row) -> bool:
        """Whether a server that stands may be started anew with its new artifact store; else it keeps what it has."""
        try:
            self._check_store(row)
        except _StoreOutOfReach as error:
            self._say(row, str(error))
            kept = {"ArtifactStoreUri": row.facts["root"]}
            with work.write() as tx:
                to = servers.FAILING.get(row.status, "UpdateFailed")
                resources.advance(tx, row.arn, to, now=work.now, expect={row.status}, change=kept)
            return False
        return True

    def _sleepy(self, row: Row) -> bool:
        """Whether nobody has asked for the server for long; it sleeps from now on then."""
        if row.status not in servers.UP or not self.doors.wanted(row.arn):
            return False
        if self.doors.idle_seconds(row.arn) < self.patience.idle:
            return False
        self.doors.forget(row.arn)
        self._asleep.add(row.arn)
        return True

    # A server that should not stand.

    def _rest(self, work: Work, row: Row) -> Again | None:
        folder = self._folder(row)
        self.doors.forget(row.arn)
        handle = attach(folder.run(row.facts["attempt"]))
        if handle is not None:
            with handle:
                result = handle.result()
                if result is None:
                    self._following.follow(row.arn, [programs.trace_of(row, folder)], _again(handle))
                    handle.stop()
                    return Again()
            self._following.leave(row.arn)
            drain(self._stores.database, programs.trace_of(row, folder), self._stores.clock.now)
        self._troubles.pop(row.arn, None)
        self._asleep.discard(row.arn)
        if row.status == "Deleting":
            remove(folder.path)
            with work.write() as tx:
                visits.forget(tx, row.arn)
                resources.delete(tx, row.arn)
            return None
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            if current is None or current.status != row.status:
                return Again(seconds=0)
            facts = {"attempt": row.facts["attempt"] + (handle is not None)}
            if row.status == "Stopping":
                change = {"IsActive": "Inactive"}
                resources.advance(tx, row.arn, "Stopped", now=work.now, change=change, facts=facts)
            elif handle is not None:
                resources.save(tx, current, {}, now=work.now, facts=facts, touch=False)
        return None

    # Odds and ends.

    def _folder(self, row: Row) -> ServerFolder:
        return folders.server_folder(self._stores.home, row.facts["id"])

    def _say(self, row: Row, text: str) -> None:
        with self._stores.database.write() as tx:
            self._note(tx, row, text)

    def _note(self, tx: Tx, row: Row, text: str) -> None:
        """A line of our own in the server's log."""
        now = self._stores.clock.now()
        target = logs.stream(tx, row.account, row.region, programs.group_of(row), programs.NAME, now)
        logs.append(tx, target["id"], [(int(now * 1000), text)], now)

    def _wake(self, arn: str) -> None:
        with self._stores.database.write(durable=False) as tx:
            tasks.wake(tx, TASK, arn)

    def _wake_soon(self, arn: str) -> None:
        """Wake from the gateway's loop, which must not wait for the database."""

        def wake() -> None:
            try:
                self._wake(arn)
            except SQLAlchemyError as error:
                log.error("a tracking server could not be woken", server=arn, exc_info=error)

        threading.Thread(target=wake, name="tracking-wake", daemon=True).start()


class _StoreOutOfReach(Exception):
    """The artifact store is not there, or the role may not use it."""


def _again(handle: Handle) -> list[Handle]:
    """Another handle on the same start, for who takes it over; none when it has ended since."""
    second = attach(handle.run_dir)
    assert second is not None, "it was attached a moment ago"
    if second.alive():
        return [second]
    second.close()
    return []


def _how(result: Result) -> str:
    """How a start ended, with its last words."""
    last = next((line for line in reversed(result.tail) if line.strip()), "")
    how = result.message or result.reason
    return f"{how}: {last}" if last else how


def _sweep(folder: ServerFolder) -> None:
    """End and remove what belongs to no server any more."""
    end_all(folder.path.glob("starts/*/run"), 20)
    remove(folder.path)
