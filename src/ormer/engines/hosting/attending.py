"""Attendance: the instances of all endpoints, and everything of this server that looks after them.

Threads of its own hear supervisors end, ask instances for pings and lay models; each of them only wakes the endpoint's
task. What is decided about an instance is decided in `look` and done in `start_members`, by whoever holds that task.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.engines.hosting import evaluating, failures, laying, manning
from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.evaluating import Build
from ormer.engines.hosting.folders import ROOT, EndpointFolder, endpoint_folder
from ormer.engines.hosting.instances import Process, face, job_of, log_group, trace_of
from ormer.engines.hosting.laying import Laid
from ormer.engines.hosting.pulse import Patience, Pulse
from ormer.engines.hosting.records import Fleet, Member, State, changed
from ormer.engines.jobs.contracts import ContractError, Surroundings
from ormer.engines.jobs.environments import Environments
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following, drain
from ormer.engines.jobs.sandbox import SandboxUnavailable
from ormer.engines.jobs.sockets import Sockets
from ormer.engines.jobs.starter import Starter
from ormer.engines.jobs.supervision import Handle, StartFailed, attach, end_all
from ormer.engines.worker import Work
from ormer.stores import logs, tasks
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

log = structlog.get_logger("ormer.hosting")

TASK = "endpoint"
LAYING_THREADS = 4
# A request may have read the route just before it changed and not be counted yet.
LAST_READERS_SECONDS = 0.25
RECOVERY_SECONDS = 1.0


class Attendance:
    """crews: by the endpoint's ARN. pulse: the loop that pings, where others may have things done as well."""

    def __init__(
        self, stores: Stores, surroundings: Surroundings, sandbox: str, build: Build | None, patience: Patience
    ) -> None:
        self.crews: dict[str, Crew] = {}
        self.pulse = Pulse(patience, lambda process: self.wake(self._owners.get(process.key)))
        self._stores = stores
        self._surroundings = surroundings
        self._starter = Starter(sandbox)
        self._build = build
        self._patience = patience
        self._environments = Environments(stores.home)
        self._owners: dict[str, str] = {}
        self._following = Following(stores.database, stores.clock.now, self._ended)
        self._sockets = Sockets(stores.home / ROOT)
        self._layers = ThreadPoolExecutor(LAYING_THREADS, thread_name_prefix="hosting-laying")

    def start(self, known: set[str]) -> None:
        """Begin to look after instances, and end those of folders that are not `known` endpoints'."""
        self._sockets.open()
        self._following.start()
        self.pulse.start()
        for folder in (self._stores.home / ROOT).iterdir():
            if folder.is_dir() and folder.name not in known:
                self._layers.submit(_sweep, EndpointFolder(folder))

    def stop(self) -> None:
        """Let go; instances go on and are found again at the next start."""
        self._following.stop()
        self.pulse.stop()
        self._layers.shutdown(wait=True, cancel_futures=True)
        for crew in self.crews.values():
            for process in crew.processes.values():
                process.handle.close()
        self._starter.close()
        self._sockets.close()

    def folder(self, row: Row) -> EndpointFolder:
        """The endpoint's folder."""
        return endpoint_folder(self._stores.home, row.facts["id"])

    def startup_seconds(self, fleet: Fleet) -> float:
        """How long an instance may take until it answers pings."""
        return float(fleet.variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or self._patience.startup)

    def wake(self, arn: str | None) -> None:
        """Have the endpoint looked at; tried again in a moment when the database takes nothing now."""
        if arn is None:
            return
        try:
            with self._stores.database.write() as tx:
                tasks.wake(tx, TASK, arn)
        except SQLAlchemyError as error:
            log.error("an endpoint could not be woken", endpoint=arn, exc_info=error)
            self.pulse.after(RECOVERY_SECONDS, lambda: self.wake(arn))

    # What is true.

    def look(self, crew: Crew, row: Row, state: State) -> State:
        """Learn how every instance is; returns the state without those that have left."""
        folder = self.folder(row)
        for fleet in state.fleets:
            self._lay(crew, row, fleet, folder)
            for member in fleet.members:
                process = self._found(crew, row, fleet.name, fleet, member, folder)
                if process is None:
                    continue
                if not process.handle.alive():
                    self._bury(crew, row, process, fleet)
                else:
                    self._heed(crew, row, fleet, process)
            self._evaluate(crew, row, fleet, folder)
        staying = []
        for leaver in state.leaving:
            process = self._found(crew, row, leaver.variant, None, leaver.member, folder)
            if process is not None and process.handle.alive():
                staying.append(leaver)
                self._see_off(process)
            elif process is not None:
                self._bury(crew, row, process, None)
        state = changed(state, leaving=tuple(staying))
        return evaluating.noted(state, crew)

    def _found(
        self, crew: Crew, row: Row, variant: str, fleet: Fleet | None, member: Member, folder: EndpointFolder
    ) -> Process | None:
        """The process of an instance's present start, found again when an earlier server started it."""
        process = crew.processes.get(member.id)
        if process is not None and process.member.attempt == member.attempt:
            return process
        handle = attach(folder.start(member).run)
        return None if handle is None else self._take(crew, row, variant, fleet, member, folder, handle)

    def _take(
        self,
        crew: Crew,
        row: Row,
        variant: str,
        fleet: Fleet | None,
        member: Member,
        folder: EndpointFolder,
        handle: Handle,
    ) -> Process:
        """Follow and watch a start. fleet: None when it is only to end."""
        host = folder.start(member)
        instance = manning.nobody(member) if fleet is None else face(fleet, member, host, self._sockets)
        process = Process(
            fleet=0 if fleet is None else fleet.number,
            member=member,
            instance=instance,
            host=host,
            handle=handle,
            trace=trace_of(row, variant, member, folder),
            began=time.monotonic(),
        )
        crew.processes[member.id] = process
        self._owners[process.key] = row.arn
        second = attach(host.run)
        assert second is not None, "it was attached a moment ago"
        running = second.alive()
        self._following.follow(process.key, [process.trace], [second] if running else [])
        if not running:
            second.close()
        elif fleet is not None:
            if fleet.serverless or fleet.evaluates:
                crew.ask(fleet.number)
            self.pulse.watch(process)
        return process

    def _heed(self, crew: Crew, row: Row, fleet: Fleet, process: Process) -> None:
        """Judge an instance that runs: end one that is sick or will never be well."""
        member = process.member
        if process.ready:
            crew.proven.add(member.id)
            crew.verdicts.pop(member.id, None)
            trouble = crew.troubles.get(member.id)
            steady = time.monotonic() - (process.ready_since or 0) > self._patience.steady
            if trouble is not None and steady:
                trouble.ends = 0
            return
        why = ""
        if process.hopeless:
            why = process.hopeless.splitlines()[0]
        elif process.ready_since is None and time.monotonic() - process.began > self.startup_seconds(fleet):
            why = f"It did not answer GET /ping with 200 within {self.startup_seconds(fleet):g} seconds."
        elif process.sick:
            why = f"It has not answered GET /ping for {self._patience.sick:g} seconds."
        if not why or process.stopping:
            return
        if member.id not in crew.proven:
            crew.verdicts[member.id] = failures.no_ping(fleet, why, failures.tail(process.trace.file))
        self._say(row, process.trace.stream, f"{why} The instance is replaced.")
        process.stopping = True
        process.handle.kill()

    def _see_off(self, process: Process) -> None:
        """Stop an instance that has left the traffic once nothing is under way."""
        now = time.monotonic()
        if process.left_at is None or process.stopping:
            process.left_at = process.left_at or now
            return
        gone = now - process.left_at
        if gone > LAST_READERS_SECONDS and (not process.instance.active or gone > self._patience.drain):
            process.stopping = True
            process.handle.stop()

    def _bury(self, crew: Crew, row: Row, process: Process, fleet: Fleet | None) -> None:
        """An instance's start is over: keep its last lines, say how it ended, and when the next one may begin."""
        member = process.member
        self.pulse.forget(process)
        self._following.leave(process.key)
        drain(self._stores.database, process.trace, self._stores.clock.now)
        crew.processes.pop(member.id, None)
        self._owners.pop(process.key, None)
        result = process.handle.result()
        process.handle.close()
        remove(process.host.path)
        if fleet is None:
            return
        assert result is not None, "it is over"
        trouble = crew.trouble(member.id)
        trouble.ends += 1
        trouble.down = True
        pause = min(self._patience.retry_max, self._patience.retry * 2 ** (trouble.ends - 1))
        trouble.retry_at = time.monotonic() + pause
        how = failures.ended(result)
        if not process.stopping:
            self._say(
                row, process.trace.stream, f"The instance ended: {how}. It is started again in {pause:g} seconds."
            )
        hopeless = member.id not in crew.proven and trouble.ends >= self._patience.hope
        if hopeless and member.id not in crew.verdicts:
            crew.verdicts[member.id] = failures.no_ping(fleet, f"The instance ended: {how}.", result.tail)

    # What is to be.

    def _lay(self, crew: Crew, row: Row, fleet: Fleet, folder: EndpointFolder) -> None:
        """Begin to lay a fleet's files, in a thread of our own, so that the rest of the endpoint is looked after.

        What failed is tried again later: a fleet that serves needs its files when an instance has to be started anew.
        """
        retry_at = crew.laying_retry_at(fleet)
        if fleet.number in crew.layings and (retry_at is None or time.monotonic() < retry_at):
            return
        future: Future[Laid] = self._layers.submit(
            laying.lay, self._stores, self._environments, row.region, fleet, folder
        )
        crew.layings[fleet.number] = future
        crew.laid_from[fleet.number] = time.monotonic()
        self._layers.submit(self._warm)
        crew.wakes.setdefault(fleet.number, self._waker(row.arn, fleet.number))
        future.add_done_callback(lambda _: self.wake(row.arn))

    def _evaluate(self, crew: Crew, row: Row, fleet: Fleet, folder: EndpointFolder) -> None:
        """Find out once whether the fleet's model answers without a server."""
        laid = crew.laid(fleet)
        if self._build is None or laid is None or not evaluating.open_question(fleet, crew, laid):
            return
        ready = crew.serving(fleet)
        why = evaluating.settle(self._build, crew, fleet, laid, folder, ready[0].host if ready else None)
        if why and ready:
            self._say(row, ready[0].trace.stream, f"The model is served by its own server: {why}")

    def start_members(self, work: Work, crew: Crew, row: Row, state: State) -> None:
        """Start every instance of the row that does not run yet."""
        folder = self.folder(row)
        for fleet, member in state.members():
            laid = crew.laid(fleet)
            if laid is None or member.id in crew.processes or crew.trouble(member.id).down:
                continue
            _check_held(work)
            try:
                writable = self._starter.capabilities().writable_runtime
                job = job_of(row, fleet, member, folder, laid, self._stores, self._surroundings, writable)
                handle = self._starter.spawner().start(job, folder.start(member).run)
            except (ContractError, SandboxUnavailable, StartFailed) as error:
                crew.verdicts[member.id] = failures.reason(str(error), ())
                trouble = crew.trouble(member.id)
                trouble.down, trouble.retry_at = True, time.monotonic() + self._patience.retry_max
                self.wake(row.arn)
                continue
            self._take(crew, row, fleet.name, fleet, member, folder, handle)

    def _waker(self, arn: str, number: int) -> Callable[[], None]:
        """What the lane calls when it wants an instance where there is none; it never blocks."""

        def wake() -> None:
            crew = self.crews.get(arn)
            if crew is None:
                return
            news = number not in crew.asked
            crew.ask(number)
            if news:
                self.pulse.call(lambda: self.wake(arn))

        return wake

    def _warm(self) -> None:
        """Have the starter of supervisors ready while files are laid; what hinders it is told by whoever starts one."""
        with contextlib.suppress(SandboxUnavailable):
            self._starter.spawner().warm()

    def _say(self, row: Row, stream: str, text: str) -> None:
        """A line of our own in an instance's log."""
        now = self._stores.clock.now()
        with self._stores.database.write() as tx:
            target = logs.stream(tx, row.account, row.region, log_group(row), stream, now)
            logs.append(tx, target["id"], [(int(now * 1000), text)], now)

    def _ended(self, key: str) -> None:
        """A supervisor has ended: its endpoint is looked at. Raises what the database raises, to be told again."""
        arn = self._owners.get(key)
        if arn is not None:
            with self._stores.database.write() as tx:
                tasks.wake(tx, TASK, arn)


def _sweep(folder: EndpointFolder) -> None:
    """End and remove what belongs to no endpoint any more."""
    end_all(folder.path.glob("starts/*/*/run"), 60)
    remove(folder.path)


def _check_held(work: Work) -> None:
    """Raise LeaseLost when the task has gone to another holder."""
    with work.read() as tx:
        tasks.held(tx, work.task)
