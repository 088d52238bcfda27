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

import time
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.aws.identities import root_identity
from ormer.engines.hosting import alarms, deployments, documents, loading, manning, measuring, planning, publishing
from ormer.engines.hosting.attending import TASK, Attendance
from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.deployments import Outcome
from ormer.engines.hosting.evaluating import Build
from ormer.engines.hosting.pulse import Patience
from ormer.engines.hosting.records import State, facts_of, state_of
from ormer.engines.hosting.routes import Instance, Route, Routes, Variant
from ormer.engines.jobs.contracts import ContractError, Surroundings
from ormer.engines.jobs.folders import remove
from ormer.engines.worker import Again, Work
from ormer.stores import model_activity, resources, tasks
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.hosting")

KIND = "Endpoint"
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
        self._machine = surroundings.machine
        self._patience = patience or Patience()
        self._attendance = Attendance(stores, surroundings, sandbox, build, self._patience)

    def start(self) -> None:
        """Wake every endpoint, and end what belongs to none."""
        known = set()
        with self._stores.database.write() as tx:
            for row in resources.select(tx, table.c.kind == KIND):
                known.add(row.facts["id"])
                tasks.wake(tx, TASK, row.arn)
        self._attendance.start(known)
        self._attendance.pulse.every(KEEPING_SECONDS, self._keep)
        self._attendance.pulse.every(self._patience.measure, self._measure)

    def stop(self) -> None:
        """Let go; instances go on and are found again at the next start."""
        self._attendance.stop()

    def run(self, work: Work) -> Again | None:
        """Take the endpoint as far as it goes now. Called again whenever something about it may have changed."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        crew = self._attendance.crews.setdefault(row.arn, Crew(row.arn, self._patience))
        before = state_of(row)
        state, outcome = self._asked(row, before)
        state = self._attendance.look(crew, row, state)
        again = Outcome()
        if state.deployment is not None:
            state, again = deployments.step(state, _Sight(self._stores, crew, row), work.now)
            outcome = again if again.status else outcome
        if outcome.status == "Failed":
            state = manning.ended(state)
        state = manning.manned(state, crew)
        # Who reads InService may invoke at once, so the route comes first.
        self._publish(crew, row, state)
        written = self._written(work, row, before, state, crew, outcome)
        if written is None:
            return Again(seconds=0)
        self._attendance.start_members(work, crew, written, state)
        if state.leaving:
            return self._again(crew, state, again)
        self._prune(crew, written, state)
        if written.status == "Deleting" and self._delete(work, crew, written):
            return None
        return self._again(crew, state, again)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End what was asked of an endpoint whose task raises again and again; see `work.Ending`.

        An endpoint that never served has failed. One that serves goes on as it is, without the change it could not take
        up. One that is in the middle of a change, or is to be deleted, is tried again for ever: half a change is none.
        """
        row = resources.get(tx, work.subject)
        if row is None:
            return False
        begun = bool((row.facts.get("hosting") or {}).get("deployment"))
        if row.status == "Creating":
            to = "Failed"
        elif row.status == "Updating" and row.facts.get("wanted") and not begun:
            to = "InService"
        else:
            return False
        change = {"FailureReason": reason}
        resources.advance(tx, row.arn, to, now=work.now, change=change, facts={"wanted": None})
        return True

    def load_model(self, route: Route, variant: Variant, instance: Instance, target_model: str) -> str:
        """Have an instance of a multi-model variant load a model, unless it has; the path its invocations go to.

        For the lane, from any thread. Raises AwsError: ValidationError when there is no such model, ModelError when
        it cannot be loaded, ModelNotReadyException while another request has it loaded.
        """
        crew = self._attendance.crews.get(route.arn)
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
        return loading.load(self._stores, row.region, process, fleet, self._attendance.folder(row), target_model)

    # What an operation asked for.

    def _asked(self, row: Row, state: State) -> tuple[State, Outcome]:
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
            api = self._port.acting_as(root_identity(row.account), row.region)
            fleets = planning.fleets_of(api, config, wanted["models"], state.next_number, now)
        except ContractError as error:
            return state, Outcome("InService" if state.fleets else "Failed", str(error))
        return deployments.begin(state, config, wanted["deployment"], fleets, now), Outcome()

    # What comes of it.

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
            moved = resources.advance(tx, row.arn, outcome.status, now=work.now, expect=[row.status])
            if moved is not None and moved.status == "InService":
                model_activity.note_deployment(tx, moved, work.now)
            return moved

    def _again(self, crew: Crew, state: State, outcome: Outcome) -> Again:
        """When to look next, if nothing wakes the task before."""
        now = time.monotonic()
        moments = [trouble.retry_at for trouble in crew.troubles.values() if trouble.down]
        for fleet, member in state.members():
            process = crew.processes.get(member.id)
            if process is not None and process.ready_since is None and not process.stopping:
                moments.append(process.began + self._attendance.startup_seconds(fleet))
        for each in state.fleets:
            laying = (crew.laying_deadline(each), crew.laying_retry_at(each))
            moments += [moment for moment in laying if moment is not None]
        if state.leaving:
            moments.append(now + LOOK_AGAIN_SECONDS)
        deployment = state.deployment
        if deployment is not None and deployment.asked.get("AutoRollbackConfiguration"):
            moments.append(now + ALARM_SECONDS)
        if not moments:
            return Again(at=outcome.at)
        seconds = max(0.0, min(moments) - now)
        if outcome.at is None:
            return Again(seconds=seconds)
        # A moment of the calendar may come before; a calendar that is moved by hand is looked at once a second.
        return Again(seconds=min(seconds, ALARM_SECONDS, self._stores.clock.seconds_until(outcome.at)))

    def _prune(self, crew: Crew, row: Row, state: State) -> None:
        """Remove the files of fleets that are gone."""
        numbers = {str(fleet.number) for fleet in state.fleets}
        for folder in self._attendance.folder(row).path.glob("fleets/*"):
            laying = crew.layings.get(int(folder.name))
            if folder.name not in numbers and (laying is None or laying.done()):
                remove(folder)
                crew.forget(int(folder.name))

    def _delete(self, work: Work, crew: Crew, row: Row) -> bool:
        """Forget the endpoint; False while its files are still being laid."""
        if any(not laying.done() and not laying.cancel() for laying in crew.layings.values()):
            return False
        remove(self._attendance.folder(row).path)
        with work.write() as tx:
            resources.delete(tx, row.arn)
        self._attendance.crews.pop(row.arn, None)
        return True

    # What happens by the clock.

    def _keep(self) -> None:
        """Once a second: let instances that nobody has asked for in a while go."""
        for crew, row in self._rows([crew for crew in list(self._attendance.crews.values()) if crew.asked]):
            idle = [fleet.number for fleet in state_of(row).fleets if crew.idle(fleet)]
            for number in idle:
                crew.asked.pop(number, None)
            if idle:
                self._attendance.wake(crew.arn)

    def _measure(self) -> None:
        """Once a minute: what the instances use, as CloudWatch's numbers."""
        for crew, row in self._rows(list(self._attendance.crews.values())):
            points = measuring.points(crew, state_of(row), self._machine, self._stores.home)
            try:
                with self._stores.database.write() as tx:
                    measuring.record(tx, row, points, self._stores.clock.now())
            except SQLAlchemyError as error:  # a full disk: this minute is lost, the next is measured again
                log.error("the metrics of an endpoint could not be kept", endpoint=row.name, exc_info=error)

    def _rows(self, crews: list[Crew]) -> list[tuple[Crew, Row]]:
        with self._stores.database.read() as tx:
            found = [(crew, resources.get(tx, crew.arn)) for crew in crews]
        return [(crew, row) for crew, row in found if row is not None]


class _Sight:
    """What a deployment sees: the crew, and alarms."""

    def __init__(self, stores: Stores, crew: Crew, row: Row) -> None:
        self._stores = stores
        self._row = row
        self.ready = crew.ready
        self.problem = crew.problem

    def alarm(self, names: list[str]) -> str:
        with self._stores.database.read() as tx:
            return alarms.first_in_alarm(tx, self._row.account, self._row.region, names)
