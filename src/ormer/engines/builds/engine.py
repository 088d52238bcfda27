"""The builds engine: one task function that takes a build from its row to its end.

A build's phases of ours are facts of its row, each entered in one transaction:

    (none)      queued. A number of builds run at once; they take no part of what jobs reserve, so that a build that
                waits for a pipeline never stands in the way of the pipeline's own jobs.
    staging     admitted. Sources are fetched and the buildspec is read; this may run twice.
    running     supervised. A supervisor claims the build's folder exclusively, so this happens once; a server that
                starts anew finds it by that folder and follows it again.

The program inside tells of its phases in a file; the document and the events follow it. At the end artifacts become
durable bytes (this may run twice), then objects and the final status appear in one transaction of the task's holder.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog

from ormer.aws.identities import session_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.builds import accounts, buildspecs, hidden_values, packages, plans, sources, uploads
from ormer.engines.builds.accounts import FAILED, FAULT, STOPPED, TIMED_OUT, context
from ormer.engines.builds.buildspecs import BuildspecError
from ormer.engines.builds.folders import FOLDER, PACKAGES, BuildFolder, build_folder
from ormer.engines.builds.sources import SourceError
from ormer.engines.builds.uploads import Upload, UploadError
from ormer.engines.jobs.capacity import Capacity
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.data import DataError, publish
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following, Trace, drain
from ormer.engines.jobs.sandbox import Sandbox, SandboxUnavailable, choose
from ormer.engines.jobs.supervision import Spawner, StartFailed, attach, end_all
from ormer.engines.worker import Again, Work
from ormer.stores import resources, tasks
from ormer.stores.builds import BUILD, tell_phase, tell_state
from ormer.stores.database import Tx, out_of_space
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.builds")

TASK = "build"
STAGING, RUNNING = "staging", "running"
# A build that waits for its pipeline takes next to nothing, so there may be many.
AT_ONCE = 8
LOOK_SECONDS = 1.0
SESSION_NAME = "AWSCodeBuild"


class BuildsEngine:
    """Runs builds. `run` is the function of task kind "build"; start it before the worker, stop it after."""

    def __init__(self, stores: Stores, port: Port, surroundings: Surroundings, sandbox: str = "auto") -> None:
        self._stores = stores
        self._port = port
        self._surroundings = surroundings
        self._setting = sandbox
        self._line = Capacity()
        self._following = Following(stores.database, stores.clock.now, self._wake)
        self._sandbox: Sandbox | None = None
        self._spawner: Spawner | None = None
        self._problem = ""

    def start(self) -> None:
        """Choose the sandbox, count the builds that run already and wake every build that is not over."""
        (self._stores.home / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._sandbox = choose(self._setting)
            self._spawner = Spawner(self._sandbox)
        except SandboxUnavailable as error:
            self._problem = str(error)
        self._restore()
        self._following.start()

    def stop(self) -> None:
        """Let go; supervised builds go on and are found again at the next start."""
        self._following.stop()
        packages.end(self._stores.home)
        if self._spawner is not None:
            self._spawner.close()

    def run(self, work: Work) -> Again | None:
        """Take the build as far as it goes now. Called again whenever something about it may have changed."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        if row.status in lifecycle(row.kind).final:
            remove(self._folder(row).path)
            return None
        phase = row.facts.get("phase", "")
        if phase == "":
            return self._admit(work, row)
        return self._stage(work, row) if phase == STAGING else self._watch(work, row)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End a build whose task raises again and again, and its program; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(row.kind).final:
            return False
        self._following.leave(row.arn)
        end_all([self._folder(row).run])
        why = context("INTERNAL_SERVICE_ERROR", reason)
        row = self._tell(tx, row, accounts.finished(row.document["phases"], FAULT, [why], work.now), work.now)
        change = {"endTime": work.now, "buildComplete": True, "currentPhase": "COMPLETED"}
        moved = resources.advance(tx, row.arn, FAULT, now=work.now, change=change)
        if moved is not None:
            tell_state(tx, moved, work.now)
        for arn in self._line.release(row.arn):
            tasks.wake(tx, TASK, arn)
        return True

    # The phases.

    def _admit(self, work: Work, row: Row) -> Again | None:
        deadline = row.created + row.document["queuedTimeoutInMinutes"] * 60
        if row.facts.get("stop"):
            self._finish(work, row, STOPPED, [])
            return None
        if not self._line.admit(row.arn, 1 / AT_ONCE, row.created):
            if work.now >= deadline:
                why = context("QUEUED_TIMED_OUT", "Build timed out in the queue.")
                self._give_up(work, row, TIMED_OUT, why)
                return None
            return Again(at=deadline)
        with work.write() as tx:
            phases = accounts.entered(row.document["phases"], "PROVISIONING", work.now)
            row = self._tell(tx, row, phases, work.now, {"phase": STAGING})
        return self._stage(work, row)

    def _stage(self, work: Work, row: Row) -> Again | None:
        folder = self._folder(row)
        started = attach(folder.run)
        if started is not None:
            started.close()
        elif row.facts.get("stop"):
            self._finish(work, row, STOPPED, [])
            return None
        else:
            try:
                resolved = self._started(work, row, folder)
            except (SourceError, BuildspecError) as error:
                code = "YAML_FILE_ERROR" if isinstance(error, BuildspecError) else "CLIENT_ERROR"
                self._give_up(work, row, FAILED, context(code, str(error)))
                return None
            except (SandboxUnavailable, StartFailed) as error:
                self._give_up(work, row, FAULT, context("INTERNAL_SERVICE_ERROR", str(error)))
                return None
            except OSError as error:
                if not out_of_space(error):
                    raise
                self._give_up(work, row, FAULT, context("DISK_FULL", f"the disk is full: {error}"))
                return None
            with work.write() as tx:
                current = _current(tx, row)
                change = {"resolvedSourceVersion": resolved} if resolved else {}
                resources.save(tx, current, change, now=work.now)
        with work.write() as tx:
            row = resources.save(tx, _current(tx, row), {}, now=work.now, facts={"phase": RUNNING})
        return self._watch(work, row)

    def _started(self, work: Work, row: Row, folder: BuildFolder) -> str:
        """Fetch, read, start; returns the version of the primary source."""
        if self._spawner is None or self._sandbox is None:
            raise SandboxUnavailable(f"builds cannot run here: {self._problem}")
        remove(folder.path)
        folder.run.mkdir(parents=True, mode=0o700)
        fetched = []
        for number, source in enumerate(sources.sources_of(row.document)):
            place = folder.work / "output" / f"src{number}{row.facts['id'][:8]}" / "src"
            found = sources.fetch(self._stores, row, source, place, folder.work / "archives" / f"{number}.zip")
            fetched.append((source, found))
        text = sources.buildspec_text(self._stores, row.document["source"].get("buildspec", ""), fetched[0][1])
        spec = buildspecs.parse(text)
        api = self._port.acting_as(session_identity(row.document["serviceRole"], SESSION_NAME), row.region)
        secrets = hidden_values.values(api, row, spec)
        hidden_values.keep(folder, self._stores.vault, row.arn, secrets.values())
        build = plans.Build(row, folder, spec, fetched, secrets, self._stores, self._surroundings)
        throw_away = self._sandbox.capabilities.writable_runtime
        job = plans.job(build, work.task.fence, self._stores.home / FOLDER / "starts", throw_away)
        with work.read() as tx:
            tasks.held(tx, work.task)
        self._spawner.start(job, folder.run).close()
        return fetched[0][1].resolved

    def _watch(self, work: Work, row: Row) -> Again | None:
        folder = self._folder(row)
        handle = attach(folder.run)
        if handle is None:
            self._give_up(work, row, FAULT, context("INTERNAL_SERVICE_ERROR", "the build's folder is gone"))
            return None
        result = handle.result()
        if result is None:
            if row.facts.get("stop"):
                handle.stop()
            self._following.follow(row.arn, [self._trace(row, folder)], [handle])
            self._follow_phases(work, row, folder)
            return Again(seconds=LOOK_SECONDS)
        handle.close()
        self._following.leave(row.arn)
        drain(self._stores.database, self._trace(row, folder), self._stores.clock.now)
        row = self._follow_phases(work, row, folder)
        status, contexts = accounts.verdict(result, bool(row.facts.get("stop")))
        if status == FAILED and accounts.says_why(row.document["phases"]):
            contexts = []
        if status == accounts.SUCCEEDED:
            self._keep_packages(folder)
        try:
            told = folder.progress().get("artifacts") if status in (accounts.SUCCEEDED, FAILED) else None
            made = uploads.uploads(self._stores.objects, row, folder, told)
            self._finish(work, row, status, contexts, made)
            return None
        except (UploadError, DataError) as error:
            self._finish(work, row, FAILED, [context("CLIENT_ERROR", str(error))])
            return None
        except OSError as error:
            if not out_of_space(error):
                raise
            self._finish(work, row, FAULT, [context("DISK_FULL", f"the disk is full: {error}")])
            return None

    def _keep_packages(self, folder: BuildFolder) -> None:
        """What this build installed is quicker for the next; a failure only costs that."""
        if self._spawner is None or self._sandbox is None or not self._sandbox.capabilities.writable_runtime:
            return
        try:
            version, told = folder.python(), folder.progress().get("packages")
            packages.keep(self._stores.home, self._spawner, self._surroundings, version, told)
        except (OSError, SandboxUnavailable, StartFailed) as error:
            log.warning("the packages of a build could not be kept", reason=str(error))

    def _follow_phases(self, work: Work, row: Row, folder: BuildFolder) -> Row:
        """Bring the document to what the program tells; phases that are over are told of once."""
        hidden = hidden_values.kept(folder, self._stores.vault, row.arn)
        told = hidden_values.masked(folder.progress().get("phases"), hidden)
        phases = accounts.with_inside(row.document["phases"], told)
        if phases == row.document["phases"]:
            return row
        with work.write() as tx:
            return self._tell(tx, _current(tx, row), phases, work.now)

    def _give_up(self, work: Work, row: Row, status: str, why: JsonDict) -> None:
        """The build cannot start."""
        self._finish(work, row, status, [why])

    def _finish(
        self,
        work: Work,
        row: Row,
        status: str,
        contexts: list[JsonDict],
        made: list[Upload] | None = None,
    ) -> None:
        """Objects and the final status, together; then the folder goes."""
        folder = self._folder(row)
        with work.write() as tx:
            publish(self._stores.objects, [each for upload in made or [] for each in upload.written])
            current = _current(tx, row)
            phases = accounts.finished(current.document["phases"], status, contexts, work.now)
            current = self._tell(tx, current, phases, work.now)
            change: JsonDict = {"endTime": work.now, "buildComplete": True, "currentPhase": "COMPLETED"}
            change["exportedEnvironmentVariables"] = accounts.exported(folder.progress().get("exported"))
            documents = [upload.document for upload in made or []]
            primary = [each for each in documents if "artifactIdentifier" not in each]
            secondary = [each for each in documents if "artifactIdentifier" in each]
            change |= {"artifacts": primary[0]} if primary else {}
            change |= {"secondaryArtifacts": secondary} if secondary else {}
            moved = resources.advance(tx, row.arn, status, now=work.now, change=change)
            if moved is not None:
                tell_state(tx, moved, work.now)
            for arn in self._line.release(row.arn):
                tasks.wake(tx, TASK, arn)
        remove(folder.path)

    # What the phases share.

    def _tell(self, tx: Tx, row: Row, phases: list[JsonDict], now: float, facts: JsonDict | None = None) -> Row:
        """Write the phases, and an event for each that is over now and was not before."""
        over = sum("endTime" in each for each in row.document["phases"])
        change = {"phases": phases, "currentPhase": phases[-1]["phaseType"]}
        row = resources.save(tx, row, change, now=now, facts=facts)
        for phase in phases[over:]:
            if "endTime" in phase:
                tell_phase(tx, row, phase, now)
        return row

    def _folder(self, row: Row) -> BuildFolder:
        return build_folder(self._stores.home, row.facts["id"])

    def _trace(self, row: Row, folder: BuildFolder) -> Trace:
        logs = row.document["logs"]
        hidden = hidden_values.kept(folder, self._stores.vault, row.arn)
        where = (row.account, row.region, logs["groupName"], logs["streamName"])
        return Trace(folder.log, *where, plans.NAME, row.name, hidden=hidden)

    def _restore(self) -> None:
        """After a start: count builds that were admitted, wake them all, sweep folders nobody owns."""
        c = table.c
        known = {PACKAGES, packages.KEEPING}
        with self._stores.database.write() as tx:
            under_way = sa.and_(c.kind == BUILD, c.status.not_in(sorted(lifecycle(BUILD).final)))
            for row in resources.select(tx, under_way):
                known.add(row.facts["id"])
                if row.facts.get("phase"):
                    self._line.restore(row.arn, 1 / AT_ONCE)
                tasks.wake(tx, TASK, row.arn)
        for folder in (self._stores.home / FOLDER).iterdir():
            if folder.is_dir() and folder.name not in known:
                remove(folder)
        if known == {PACKAGES, packages.KEEPING}:
            packages.bound(self._stores.home)

    def _wake(self, arn: str) -> None:
        with self._stores.database.write(durable=False) as tx:
            tasks.wake(tx, TASK, arn)


def _current(tx: Tx, row: Row) -> Row:
    found = resources.get(tx, row.arn)
    assert found is not None, "a build is never deleted before it is over"
    return found
