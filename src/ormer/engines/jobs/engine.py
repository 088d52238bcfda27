"""The jobs engine: one task function that takes a training, processing or transform job from its row to its end.

A job's phases are facts of its row, each entered in one transaction:

    (none)      created. It waits in line for its part of the machine; a job that waits reserves nothing.
    staging     admitted. Its inputs are copied and its environment is built; this may run twice.
    running     supervised. A supervisor claims the attempt's folder exclusively, so this happens once; a server that
                starts anew finds it by that folder and follows it again.
    collecting  over. Files become durable bytes (this may run twice), then objects, final status, metrics, lineage and
                trial component appear in one transaction of the current holder of the task.

Durable are the row, the job's folder and what the supervisor writes there. A thread hears supervisors end and wakes
their tasks; after a restart every job that is not final is woken once, and looks for itself where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity, session_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.jobs import (
    credentials,
    data,
    metrics,
    origins,
    outcomes,
    processing,
    published,
    queries,
    runs,
    staging,
    statuses,
    syncing,
    training,
    transforming,
)
from ormer.engines.jobs.capacity import Capacity
from ormer.engines.jobs.contracts import ContractError, Stage, Surroundings
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.environments import Environments
from ormer.engines.jobs.folders import HostFolder, host_folders, job_folder, remove
from ormer.engines.jobs.following import Following, Trace, drain
from ormer.engines.jobs.instances import instance
from ormer.engines.jobs.metrics import Matcher
from ormer.engines.jobs.outcomes import Outcome
from ormer.engines.jobs.plans import KINDS, PROCESSING, TRAINING, TRANSFORM, Plan, plan_of
from ormer.engines.jobs.room import Room
from ormer.engines.jobs.sandbox import Sandbox, SandboxUnavailable, choose
from ormer.engines.jobs.supervision import Handle, Result, Spawner, StartFailed, attach, end_all
from ormer.engines.worker import Again, Work
from ormer.stores import resources, tasks
from ormer.stores.database import Tx, out_of_space
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.jobs")

TASK = "job"
STAGING, RUNNING, COLLECTING = "staging", "running", "collecting"
SYNC_SECONDS = 10.0
COLLECT: dict[str, Callable[[Stage], tuple[list[data.Written], JsonDict]]] = {
    TRAINING: training.collect,
    PROCESSING: processing.collect,
    TRANSFORM: transforming.collect,
}


class JobsEngine:
    """Runs jobs. `run` is the function of task kind "job"; start it before the worker, stop it after."""

    def __init__(self, stores: Stores, port: Port, surroundings: Surroundings, sandbox: str = "auto") -> None:
        self._stores = stores
        self._port = port
        self._surroundings = surroundings
        self._setting = sandbox
        self._environments = Environments(stores.home)
        self._capacity = Capacity()
        self._room = Room(stores.home / "room")
        self._following = Following(stores.database, stores.clock.now, self._wake)
        self._sandbox: Sandbox | None = None
        self._spawner: Spawner | None = None
        self._problem = ""

    def start(self) -> None:
        """Choose the sandbox, count the jobs that run already and wake every job that is not final."""
        (self._stores.home / "jobs").mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._sandbox = choose(self._setting)
            self._spawner = Spawner(self._sandbox)
            self._spawner.warm()
        except SandboxUnavailable as error:
            self._problem = str(error)
            log.warning("no sandbox: jobs will fail until there is one", reason=str(error))
        self._restore()
        self._room.keep()
        self._following.start()

    def stop(self) -> None:
        """Let go; supervised jobs go on and are found again at the next start."""
        self._following.stop()
        if self._spawner is not None:
            self._spawner.close()

    def run(self, work: Work) -> Again | None:
        """Take the job as far as it goes now. Called again whenever something about it may have changed."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status in lifecycle(row.kind).final:
            self._clear(row)
            return None
        phase = row.facts.get("phase", "")
        if phase == "":
            return self._admit(work, row)
        if phase == STAGING:
            return self._stage(work, row)
        return self._watch(work, row)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End a job whose task raises again and again, and whatever of it still runs; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(row.kind).final:
            return False
        self._following.leave(row.arn)
        end_all(job_folder(self._stores.home, row.facts["id"]).glob("*/*/run"))
        change = statuses.finished(row, Outcome("Failed", "Failed", reason), work.now)
        resources.advance(tx, row.arn, "Failed", now=work.now, change=change)
        for arn in self._capacity.release(row.arn):
            tasks.wake(tx, TASK, arn)
        return True

    # The phases.

    def _admit(self, work: Work, row: Row) -> Again | None:
        plan = plan_of(row)
        if row.status == "Stopping":
            return self._finish(work, row, plan, Outcome("Stopped", "Stopped"), [], {})
        share = instance(plan.instance_type).share(self._surroundings.machine, plan.count)
        if not self._capacity.admit(row.arn, share, row.created):
            return Again()
        try:
            with work.write() as tx:
                current = resources.get(tx, row.arn)
                assert current is not None, "a job is never deleted before it is final"
                change = statuses.entered(current, "Downloading", work.now)
                facts = {"phase": STAGING, "attempt": 1}
                row = resources.save(tx, current, change, now=work.now, facts=facts)
                runs.begin(self._port, plan, work.now)
        except AwsError as error:
            reason = f"ClientError: ExperimentConfig: {error.code}: {error.message}"
            return self._finish(work, row, plan, Outcome("Failed", "Failed", reason), [], {})
        return self._stage(work, row)

    def _stage(self, work: Work, row: Row) -> Again | None:
        plan = plan_of(row)
        hosts = self._hosts(row, plan)
        if row.status == "Stopping" and not any(attach(host.run) for host in hosts):
            return self._finish(work, row, plan, Outcome("Stopped", "Stopped"), [], {})
        try:
            if self._queries_wait(plan, hosts):
                return Again(seconds=queries.LOOK_SECONDS)
            self._started(work, row, plan, hosts)
        except (DataError, ContractError, SandboxUnavailable, StartFailed) as error:
            return self._give_up(work, row, plan, hosts, str(error))
        except OSError as error:
            if not out_of_space(error):
                raise
            text = f"ClientError: Data download failed: the disk is full: {error}"
            return self._give_up(work, row, plan, hosts, text)
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            assert current is not None, "a job is never deleted before it is final"
            change = {
                **statuses.entered(current, "Training", work.now),
                **statuses.started(current, work.now),
            }
            row = resources.save(tx, current, change, now=work.now, facts={"phase": RUNNING, "epoch": int(work.now)})
            if not plan.syncs:
                # A supervisor that ends before the commit wakes the task behind it.
                again = self._follow(row, plan, hosts)
                work.let_go(tx, again)
                return again
        return self._watch(work, row)

    def _queries_wait(self, plan: Plan, hosts: list[HostFolder]) -> bool:
        """Whether an input that is a query is not there yet."""
        if any(attach(host.run) for host in hosts):
            return False
        role = (
            session_identity(plan.role_arn, credentials.SESSION_NAME) if plan.role_arn else root_identity(plan.account)
        )
        return queries.waiting(self._port.acting_as(role, plan.region), plan)

    def _started(self, work: Work, row: Row, plan: Plan, hosts: list[HostFolder]) -> None:
        """Start every host of the attempt that has not started yet."""
        if not all(attach(host.run) for host in hosts):
            if self._spawner is None:
                raise SandboxUnavailable(f"InternalServerError: jobs cannot run here: {self._problem}")
            stage = self._stage_for(row, plan, hosts)
            api = self._port.acting_as(root_identity(plan.account), plan.region)
            _check_held(work)  # only the holder of the task may clear the folders
            staged = staging.lay(stage, self._environments, api, work.task.fence, self._stores.home / "jobs" / "starts")
            _check_held(work)  # and only the holder may start
            for job, host in zip(staged.jobs, hosts, strict=True):
                self._spawner.start(job, host.run).close()

    def _watch(self, work: Work, row: Row) -> Again | None:
        plan = plan_of(row)
        hosts = self._hosts(row, plan)
        handles = [attach(host.run) for host in hosts]
        try:
            results = [_result(handle) for handle in handles]
            if all(result is not None for result in results):
                return self._collect(work, row, plan, hosts, [result for result in results if result is not None])
            self._steer(row, plan, handles, results)
            running = [handle for handle, result in zip(handles, results, strict=True) if handle and result is None]
            handles = [handle for handle in handles if handle not in running]
            self._following.follow(row.arn, self._traces(row, plan, hosts), running)
        finally:
            for handle in handles:
                if handle is not None:
                    handle.close()
        if not plan.syncs:
            return Again()
        syncing.sync(work, plan, hosts)
        return Again(seconds=SYNC_SECONDS)

    def _follow(self, row: Row, plan: Plan, hosts: list[HostFolder]) -> Again:
        """Hear of the ends of the job's hosts. Returns when to look again: at once when one is over already."""
        handles = [handle for host in hosts if (handle := attach(host.run)) is not None]
        running = [handle for handle in handles if handle.alive()]
        for handle in handles:
            if handle not in running:
                handle.close()
        self._following.follow(row.arn, self._traces(row, plan, hosts), running)
        return Again() if len(running) == len(hosts) else Again(seconds=0)

    def _steer(self, row: Row, plan: Plan, handles: list[Handle | None], results: list[Result | None]) -> None:
        """End hosts that still run when the job is to stop, or when another of its hosts has failed.

        The hosts of a transform job go on: each has objects of its own, and its outputs are of use to people.
        """
        failed = plan.kind != TRANSFORM and any(result is not None and not result.succeeded for result in results)
        if row.status != "Stopping" and not failed:
            return
        for handle, result in zip(handles, results, strict=True):
            if handle is not None and result is None:
                handle.stop()

    def _collect(
        self, work: Work, row: Row, plan: Plan, hosts: list[HostFolder], results: list[Result]
    ) -> Again | None:
        self._following.leave(row.arn)
        self._room.give_when_needed()
        for trace in self._traces(row, plan, hosts):
            drain(self._stores.database, trace, self._stores.clock.now)
        outcome = outcomes.outcome_of(plan.kind, row.status == "Stopping", results, [host.ml for host in hosts])
        if outcome.lost and row.facts["attempt"] <= plan.retries:
            return self._retry(work, row, hosts)
        if plan.kind == TRAINING and outcome.status != "Failed":
            row = self._enter(work, row, "Uploading")
        times = statuses.ended(plan, results)
        try:
            written, change = self._written(row, plan, hosts, outcome)
            return self._finish(work, row, plan, outcome, written, {**times, **change})
        except DataError as error:
            return self._finish(work, row, plan, Outcome("Failed", "Failed", str(error)), [], times)
        except OSError as error:
            if not out_of_space(error):
                raise
            text = f"ClientError: Data upload failed: the disk is full: {error}"
            return self._finish(work, row, plan, Outcome("Failed", "Failed", text), [], times)

    def _written(
        self, row: Row, plan: Plan, hosts: list[HostFolder], outcome: Outcome
    ) -> tuple[list[data.Written], JsonDict]:
        """What the job leaves, as durable bytes. A failed training job leaves its output, but no model.

        A failed transform job leaves the objects that it did transform, a stopped one leaves nothing.
        """
        stage = self._stage_for(row, plan, hosts)
        if plan.kind == PROCESSING and outcome.status == "Failed":
            return [], {}
        if plan.kind == TRANSFORM and (outcome.status == "Stopped" or outcome.lost):
            return [], {}
        written, change = COLLECT[plan.kind](stage)
        if plan.kind == TRAINING:
            written += syncing.remaining(stage.stores.objects, plan, hosts)
            if outcome.status == "Failed":
                written = [each for each in written if not each.key.endswith("/model.tar.gz")]
                change = {}
        return written, change

    def _finish(
        self,
        work: Work,
        row: Row,
        plan: Plan,
        outcome: Outcome,
        written: list[data.Written],
        change: JsonDict,
    ) -> Again | None:
        """Objects, metrics, lineage and the final status, together; then the folder goes."""
        with work.write() as tx:
            data.publish(self._stores.objects, written)
            current = resources.get(tx, row.arn)
            assert current is not None, "a job is never deleted before it is final"
            full = {**change, **statuses.finished(current, outcome, work.now)}
            if plan.kind == TRAINING:
                full["FinalMetricDataList"] = metrics.final(tx, plan.account, plan.region, plan.name)
            if current.facts.get("phase"):
                self._leave_traces(tx, work.now, current, plan, outcome, written, full)
            moved = resources.advance(
                tx, row.arn, outcome.status, now=work.now, change=full, facts={"phase": COLLECTING}
            )
            for arn in self._capacity.release(row.arn):
                tasks.wake(tx, TASK, arn)
            work.let_go(tx, None)
        if moved is not None:
            self._clear(moved)
        return None

    def _leave_traces(
        self,
        tx: Tx,
        now: float,
        row: Row,
        plan: Plan,
        outcome: Outcome,
        written: list[data.Written],
        document: JsonDict,
    ) -> None:
        """Trial component, lineage and published metrics of a job that is over."""
        hosts = self._hosts(row, plan)
        outputs = statuses.outputs_of(plan, outcome, document)
        made = origins.produced(outputs, written)
        runs.finish(self._port, plan, outcome.status, outcome.reason, outputs, now, origins.noted(hosts[0]), made)
        if plan.kind == PROCESSING and outcome.status == "Completed":
            stream = self._traces(row, plan, hosts)[0].stream
            published.record(tx, plan, published.found_in(hosts), stream, now)

    def _give_up(self, work: Work, row: Row, plan: Plan, hosts: list[HostFolder], reason: str) -> Again | None:
        """The job cannot start. Hosts that started already are ended first."""
        end_all((host.run for host in hosts), 60)
        if ":" not in reason[:24]:
            reason = f"InternalServerError: {reason}"
        reason = reason[: outcomes.REASON_CHARACTERS_MAX]
        return self._finish(work, row, plan, Outcome("Failed", "Failed", reason), [], {})

    def _retry(self, work: Work, row: Row, hosts: list[HostFolder]) -> Again:
        """Begin another attempt of a job that was lost, as its RetryStrategy allows."""
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            assert current is not None, "a job is never deleted before it is final"
            change = statuses.entered(current, "Restarting", work.now)
            attempt = current.facts["attempt"] + 1
            resources.save(tx, current, change, now=work.now, facts={"phase": STAGING, "attempt": attempt})
        for host in hosts:
            remove(host.path)
        return Again(seconds=0)

    def _enter(self, work: Work, row: Row, status: str) -> Row:
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            assert current is not None, "a job is never deleted before it is final"
            return resources.save(tx, current, statuses.entered(current, status, work.now), now=work.now)

    # What the phases share.

    def _hosts(self, row: Row, plan: Plan) -> list[HostFolder]:
        return host_folders(self._stores.home, row.facts["id"], row.facts["attempt"], plan.count)

    def _stage_for(self, row: Row, plan: Plan, hosts: list[HostFolder]) -> Stage:
        writable = self._sandbox is not None and self._sandbox.capabilities.writable_runtime
        return Stage(plan, row.facts["id"], tuple(hosts), self._stores, self._surroundings, writable_venv=writable)

    def _traces(self, row: Row, plan: Plan, hosts: list[HostFolder]) -> list[Trace]:
        matcher = Matcher(plan.metric_definitions) if plan.metric_definitions else None
        component = runs.component_arn(plan)
        suffix = row.facts["epoch"] if row.facts["attempt"] == 1 else f"{row.facts['epoch']}-{row.facts['attempt']}"
        return [
            Trace(
                host.log,
                plan.account,
                plan.region,
                plan.log_group,
                f"{plan.name}/{host.name}-{suffix}",
                host.name,
                plan.name,
                component,
                matcher,
            )
            for host in hosts
        ]

    def _clear(self, row: Row) -> None:
        remove(job_folder(self._stores.home, row.facts["id"]))
        self._room.keep()

    def _restore(self) -> None:
        """After a start: reserve for jobs that were admitted, wake them all, sweep folders nobody owns."""
        conditions = [
            sa.and_(table.c.kind == kind, table.c.status.not_in(sorted(lifecycle(kind).final))) for kind in KINDS
        ]
        known = set()
        with self._stores.database.write() as tx:
            for row in resources.select(tx, sa.or_(*conditions)):
                known.add(row.facts["id"])
                if row.facts.get("phase"):
                    self._reserve(row)
                tasks.wake(tx, TASK, row.arn)
        for folder in (self._stores.home / "jobs").iterdir():
            if folder.is_dir() and folder.name not in known:
                remove(folder)

    def _reserve(self, row: Row) -> None:
        """Hold the share of a job that was admitted before the start."""
        try:
            plan = plan_of(row)
            self._capacity.restore(row.arn, instance(plan.instance_type).share(self._surroundings.machine, plan.count))
        except Exception as error:
            # One broken row keeps nobody from starting: the job's own task raises it again, and ends the job by it.
            log.error("a job's share could not be held", job=row.arn, exc_info=error)

    def _wake(self, arn: str) -> None:
        with self._stores.database.write(durable=False) as tx:
            tasks.wake(tx, TASK, arn)


def _check_held(work: Work) -> None:
    """Raise LeaseLost when the task has gone to another holder."""
    with work.read() as tx:
        tasks.held(tx, work.task)


def _result(handle: Handle | None) -> Result | None:
    """How an attempt ended, None while it runs; one that no supervisor ever took is lost."""
    return Result("Lost", message="it never started") if handle is None else handle.result()
