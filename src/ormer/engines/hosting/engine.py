"""The hosting engine: one task function that takes an endpoint from what is asked for to instances that answer.

Durable are the endpoint's row with its facts (`records`: fleets, instances by name and number of starts, instances that
are to leave, the deployment under way), the folders of models and starts, and what each supervisor writes. An operation
leaves its wish in the facts; the task looks at all of it afresh, does what is due and publishes the route.

What may run twice: laying a fleet's files, and every look. What runs once: a start, for its folder is claimed by its
supervisor and named in the row before it is started. Instances outlive the server: the next one finds them by their
names, asks them for a ping and puts those that answer back into the route.

An instance that is to go first leaves the row and the route, then finishes what it has under way, then is stopped. What
a server knows beside the row (`crews`) is made anew: pings, pauses before an instance is started again, evaluators.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

from ormer.aws.identities import root_identity
from ormer.engines.hosting import (
    alarms,
    deployments,
    documents,
    evaluating,
    failures,
    laying,
    loading,
    manning,
    measuring,
    publishing,
)
from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.deployments import Outcome
from ormer.engines.hosting.evaluating import Build
from ormer.engines.hosting.folders import ROOT, EndpointFolder, endpoint_folder
from ormer.engines.hosting.instances import Process, Sockets, face, job_of, log_group, trace_of
from ormer.engines.hosting.laying import Laid
from ormer.engines.hosting.pulse import Patience, Pulse
from ormer.engines.hosting.records import Fleet, Member, State, changed, facts_of, state_of
from ormer.engines.hosting.routes import Instance, Route, Routes, Variant
from ormer.engines.jobs import servers
from ormer.engines.jobs.contracts import ContractError, Surroundings
from ormer.engines.jobs.environments import Environments
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following, drain
from ormer.engines.jobs.sandbox import SandboxUnavailable, choose
from ormer.engines.jobs.supervision import Handle, Spawner, StartFailed, attach
from ormer.engines.worker import POLL_SECONDS, Again, Work
from ormer.stores import logs, resources, tasks
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.hosting")

TASK = "endpoint"
KIND = "Endpoint"
LAYING_THREADS = 4
# A request may have read the route just before it changed and not be counted yet.
LAST_READERS_SECONDS = 0.25
LOOK_AGAIN_SECONDS = 0.1
ALARM_SECONDS = 1.0
KEEPING_SECONDS = 1.0


class HostingEngine:
    """Serves endpoints. `run` is the function of task kind "endpoint"; start it before the worker, stop it after."""

    def __init__(
        self,
        stores: Stores,
        port: Port,
        surroundings: Surroundings,
        routes: Routes,
        sandbox: str = "auto",
        build: Build | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.routes = routes
        self._stores = stores
        self._port = port
        self._surroundings = surroundings
        self._setting = sandbox
        self._build = build
        self._patience = patience or Patience()
        self._environments = Environments(stores.home)
        self._crews: dict[str, Crew] = {}
        self._owners: dict[str, str] = {}
        self._following = Following(stores.database, stores.clock.now, self._ended)
        self._pulse = Pulse(self._patience, lambda process: self._ended(process.key))
        self._sockets = Sockets(stores.home / ROOT)
        self._layers = ThreadPoolExecutor(LAYING_THREADS, thread_name_prefix="hosting-laying")
        self._lock = threading.Lock()
        self._spawner: Spawner | None = None
        self._writable_venv = True

    def start(self) -> None:
        """Wake every endpoint, and end what belongs to none."""
        self._sockets.open()
        self._following.start()
        self._pulse.start()
        self._pulse.every(KEEPING_SECONDS, self._keep)
        self._pulse.every(self._patience.measure, self._measure)
        known = set()
        with self._stores.database.write() as tx:
            for row in resources.select(tx, table.c.kind == KIND):
                known.add(row.facts["id"])
                tasks.wake(tx, TASK, row.arn)
        for folder in (self._stores.home / ROOT).iterdir():
            if folder.is_dir() and folder.name not in known:
                self._layers.submit(_sweep, EndpointFolder(folder))

    def stop(self) -> None:
        """Let go; instances go on and are found again at the next start."""
        self._following.stop()
        self._pulse.stop()
        self._layers.shutdown(wait=True, cancel_futures=True)
        for crew in self._crews.values():
            for process in crew.processes.values():
                process.handle.close()
        if self._spawner is not None:
            self._spawner.close()
        self._sockets.close()

    def run(self, work: Work) -> Again | None:
        """Take the endpoint as far as it goes now. Called again whenever something about it may have changed."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        crew = self._crews.setdefault(row.arn, Crew(row.arn, self._patience))
        before = state_of(row)
        state, outcome = self._asked(crew, row, before)
        state = self._look(crew, row, state)
        again = Outcome()
        if state.deployment is not None:
            state, again = deployments.step(state, _Sight(self, crew, row), work.now)
            outcome = again if again.status else outcome
        if outcome.status == "Failed":
            state = manning.ended(state)
        state = manning.manned(state, crew)
        # Who reads InService may invoke at once, so the route comes first.
        self._publish(crew, row, state)
        written = self._written(work, row, before, state, crew, outcome)
        if written is None:
            return Again(seconds=0)
        self._start_members(work, crew, written, state)
        if state.leaving:
            return self._again(crew, state, again)
        self._prune(crew, written, state)
        if written.status == "Deleting" and self._delete(work, crew, written):
            return None
        return self._again(crew, state, again)

    def load_model(self, route: Route, variant: Variant, instance: Instance, target_model: str) -> str:
        """Have an instance of a multi-model variant load a model, unless it has; the path its invocations go to.

        For the lane, from any thread. Raises AwsError: ValidationError when there is no such model, ModelError when
        it cannot be loaded, ModelNotReadyException while another request has it loaded.
        """
        crew = self._crews.get(route.arn)
        process = None if crew is None else crew.processes.get(instance.name)
        if process is None:
            raise loading.not_ready(target_model)
        if process.models.holds(target_model):
            return loading.path_of(target_model)
        with self._stores.database.read() as tx:
            row = resources.get(tx, route.arn)
        if row is None:
            raise loading.not_ready(target_model)
        fleet = state_of(row).fleet(process.fleet)
        return loading.load(self._stores, row.region, process, fleet, self._folder(row), target_model)

    # What an operation asked for.

    def _asked(self, crew: Crew, row: Row, state: State) -> tuple[State, Outcome]:
        """The state with the operation's wish taken up."""
        if row.status in ("Deleting", "Failed"):
            return manning.ended(state), Outcome()
        wanted = row.facts.get("wanted")
        if not wanted:
            return state, Outcome()
        now = self._stores.clock.now()
        if "scale" in wanted:
            return deployments.rescale(state, wanted["scale"], now), Outcome()
        config = wanted["config"]
        if wanted.get("retain_capture") and state.config.get("DataCaptureConfig"):
            config = {**config, "DataCaptureConfig": state.config["DataCaptureConfig"]}
        try:
            fleets = self._fleets(row, config, wanted["models"], state.next_number, now)
        except ContractError as error:
            return state, Outcome("InService" if state.fleets else "Failed", str(error))
        return deployments.begin(state, config, wanted["deployment"], fleets, now), Outcome()

    def _fleets(
        self, row: Row, config: JsonDict, models: dict[str, JsonDict], number: int, now: float
    ) -> tuple[Fleet, ...]:
        """A configuration's fleets. Raises ContractError for a model that cannot be served here."""
        api = self._port.acting_as(root_identity(row.account), row.region)
        variants = [(each, False) for each in config["ProductionVariants"]]
        variants += [(each, True) for each in config.get("ShadowProductionVariants", ())]
        fleets = []
        for place, (variant, shadow) in enumerate(variants):
            model = models[variant["ModelName"]]
            fleets.append(
                Fleet(
                    number=number + place,
                    variant=variant,
                    containers=tuple(servers.containers_of(api, model, multi_model=True)),
                    weight=float(variant["InitialVariantWeight"]),
                    count=variant.get("InitialInstanceCount", 1),
                    resolved=now,
                    role_arn=model.get("ExecutionRoleArn", ""),
                    isolated=bool(model.get("EnableNetworkIsolation") or config.get("EnableNetworkIsolation")),
                    direct=(model.get("InferenceExecutionConfig") or {}).get("Mode") == "Direct",
                    shadow=shadow,
                )
            )
        return tuple(fleets)

    # What is true.

    def _look(self, crew: Crew, row: Row, state: State) -> State:
        """Learn how every instance is; returns the state without those that have left."""
        folder = self._folder(row)
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
            self._pulse.watch(process)
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
        elif process.ready_since is None and time.monotonic() - process.began > self._startup_seconds(fleet):
            why = f"It did not answer GET /ping with 200 within {self._startup_seconds(fleet):g} seconds."
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
        self._pulse.forget(process)
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
        """Begin to lay a fleet's files, in a thread of our own, so that the rest of the endpoint is looked after."""
        if fleet.number in crew.layings:
            return
        future: Future[Laid] = self._layers.submit(
            laying.lay, self._stores, self._environments, row.region, fleet, folder
        )
        crew.layings[fleet.number] = future
        crew.wakes[fleet.number] = self._waker(row.arn, fleet.number)
        future.add_done_callback(lambda _: self._wake(row.arn))

    def _evaluate(self, crew: Crew, row: Row, fleet: Fleet, folder: EndpointFolder) -> None:
        """Find out once whether the fleet's model answers without a server."""
        laid = crew.laid(fleet)
        if self._build is None or laid is None or not evaluating.open_question(fleet, crew, laid):
            return
        ready = crew.serving(fleet)
        why = evaluating.settle(self._build, crew, fleet, laid, folder, ready[0].host if ready else None)
        if why and ready:
            self._say(row, ready[0].trace.stream, f"The model is served by its own server: {why}")

    def _start_members(self, work: Work, crew: Crew, row: Row, state: State) -> None:
        """Start every instance of the row that does not run yet."""
        folder = self._folder(row)
        for fleet, member in state.members():
            laid = crew.laid(fleet)
            if laid is None or member.id in crew.processes or crew.trouble(member.id).down:
                continue
            _check_held(work)
            try:
                spawner = self._spawning()
                job = job_of(row, fleet, member, folder, laid, self._stores, self._surroundings, self._writable_venv)
                handle = spawner.start(job, folder.start(member).run)
            except (ContractError, SandboxUnavailable, StartFailed) as error:
                crew.verdicts[member.id] = failures.reason(str(error), ())
                trouble = crew.trouble(member.id)
                trouble.down, trouble.retry_at = True, time.monotonic() + self._patience.retry_max
                self._wake(row.arn)
                continue
            self._take(crew, row, fleet.name, fleet, member, folder, handle)

    def _publish(self, crew: Crew, row: Row, state: State) -> None:
        route = None if row.status in ("Deleting", "Failed") else publishing.route_of(row, state, crew)
        current = self.routes.find(row.account, row.region, row.name)
        if route is None:
            if current is not None:
                self.routes.drop(row.account, row.region, row.name)
        elif route != current:
            self.routes.put(route)

    def _written(self, work: Work, row: Row, before: State, state: State, crew: Crew, outcome: Outcome) -> Row | None:
        """The row with the new state; None when an operation has changed it meanwhile."""
        words = {} if row.status == "Deleting" else documents.words(row, state, crew, outcome)
        gone = (
            []
            if row.status == "Deleting"
            else [member for member in documents.PASSING if member not in words and member in row.document]
        )
        same = all(row.document.get(member) == value for member, value in words.items())
        if state == before and same and not gone and not outcome.status and not row.facts.get("wanted"):
            return row
        facts = {**facts_of(row.facts["id"], state), "wanted": None}
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            if current is None or current.version != row.version:
                return None
            saved = resources.save(tx, current, words, now=work.now, drop=gone, facts=facts, touch=bool(outcome.status))
            if not outcome.status:
                return saved
            return resources.advance(tx, row.arn, outcome.status, now=work.now, expect=[row.status])

    def _again(self, crew: Crew, state: State, outcome: Outcome) -> Again:
        """When to look next, if nothing wakes the task before."""
        now = time.monotonic()
        moments = [trouble.retry_at for trouble in crew.troubles.values() if trouble.down]
        for fleet, member in state.members():
            process = crew.processes.get(member.id)
            if process is not None and process.ready_since is None and not process.stopping:
                moments.append(process.began + self._startup_seconds(fleet))
        if state.leaving:
            moments.append(now + LOOK_AGAIN_SECONDS)
        deployment = state.deployment
        if deployment is not None and deployment.asked.get("AutoRollbackConfiguration"):
            moments.append(now + ALARM_SECONDS)
        if not moments:
            return Again(at=outcome.at)
        seconds = max(0.0, min(moments) - now)
        if seconds < POLL_SECONDS:
            # The worker looks for parked tasks once a second: too seldom for an instance that is to come or go.
            self._pulse.after(seconds, lambda: self._wake(crew.arn))
        # A moment of the calendar may come before: it is looked for once a second.
        return Again(seconds=seconds if outcome.at is None else min(seconds, ALARM_SECONDS))

    def _prune(self, crew: Crew, row: Row, state: State) -> None:
        """Remove the files of fleets that are gone."""
        numbers = {str(fleet.number) for fleet in state.fleets}
        for folder in self._folder(row).path.glob("fleets/*"):
            laying = crew.layings.get(int(folder.name))
            if folder.name not in numbers and (laying is None or laying.done()):
                remove(folder)
                crew.forget(int(folder.name))

    def _delete(self, work: Work, crew: Crew, row: Row) -> bool:
        """Forget the endpoint; False while its files are still being laid."""
        if any(not laying.done() and not laying.cancel() for laying in crew.layings.values()):
            return False
        remove(self._folder(row).path)
        with work.write() as tx:
            resources.delete(tx, row.arn)
        self._crews.pop(row.arn, None)
        return True

    # Threads and rows.

    def _startup_seconds(self, fleet: Fleet) -> float:
        """How long an instance may take until it answers pings."""
        return float(fleet.variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or self._patience.startup)

    def _waker(self, arn: str, number: int) -> Callable[[], None]:
        """What the lane calls when it wants an instance where there is none; it never blocks."""

        def wake() -> None:
            crew = self._crews.get(arn)
            if crew is None:
                return
            news = number not in crew.asked
            crew.ask(number)
            if news:
                self._pulse.call(lambda: self._wake(arn))

        return wake

    def _keep(self) -> None:
        """Once a second: let instances that nobody has asked for in a while go."""
        for crew in list(self._crews.values()):
            if not crew.asked:
                continue
            with self._stores.database.read() as tx:
                row = resources.get(tx, crew.arn)
            if row is None:
                continue
            idle = [fleet.number for fleet in state_of(row).fleets if crew.idle(fleet)]
            for number in idle:
                crew.asked.pop(number, None)
            if idle:
                self._wake(crew.arn)

    def _measure(self) -> None:
        """Once a minute: what the instances use, as CloudWatch's numbers."""
        for crew in list(self._crews.values()):
            with self._stores.database.read() as tx:
                row = resources.get(tx, crew.arn)
            if row is None:
                continue
            points = measuring.points(crew, state_of(row), self._surroundings.machine, self._stores.home)
            with self._stores.database.write() as tx:
                measuring.record(tx, row, points, self._stores.clock.now())

    def _ended(self, key: str) -> None:
        """Something happened to a start: its endpoint is looked at."""
        arn = self._owners.get(key)
        if arn is not None:
            self._wake(arn)

    def _wake(self, arn: str) -> None:
        with self._stores.database.write() as tx:
            tasks.wake(tx, TASK, arn)

    def _say(self, row: Row, stream: str, text: str) -> None:
        """A line of our own in an instance's log."""
        now = self._stores.clock.now()
        with self._stores.database.write() as tx:
            target = logs.stream(tx, row.account, row.region, log_group(row), stream, now)
            logs.append(tx, target["id"], [(int(now * 1000), text)], now)

    def _folder(self, row: Row) -> EndpointFolder:
        return endpoint_folder(self._stores.home, row.facts["id"])

    def _spawning(self) -> Spawner:
        """The starter of supervisors, made when the first instance is. Raises SandboxUnavailable."""
        with self._lock:
            if self._spawner is None:
                sandbox = choose(self._setting)
                self._writable_venv = sandbox.capabilities.writable_runtime
                self._spawner = Spawner(sandbox)
            return self._spawner


class _Sight:
    """What a deployment sees: the crew, and alarms."""

    def __init__(self, engine: HostingEngine, crew: Crew, row: Row) -> None:
        self._stores = engine._stores
        self._row = row
        self.ready = crew.ready
        self.problem = crew.problem

    def alarm(self, names: list[str]) -> str:
        with self._stores.database.read() as tx:
            return alarms.first_in_alarm(tx, self._row.account, self._row.region, names)


def _sweep(folder: EndpointFolder) -> None:
    """End and remove what belongs to no endpoint any more."""
    for run in folder.path.glob("starts/*/*/run"):
        handle = attach(run)
        if handle is not None and handle.alive():
            handle.kill()
            handle.wait(60)
    remove(folder.path)


def _check_held(work: Work) -> None:
    """Raise LeaseLost when the task has gone to another holder."""
    with work.read() as tx:
        tasks.held(tx, work.task)
