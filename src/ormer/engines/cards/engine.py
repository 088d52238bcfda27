"""Makes PDFs of model cards: the task "model_card_export", whose subject is the export job's ARN.

Durable is the row, which holds the card's version as it was when it was asked for. A card's content is people's own, so
what lays it out is a program in the jobs' sandbox, without a network, in a folder that is the export's alone. It is
started once for each; a server that starts anew finds it there. The PDF becomes an object in the transaction that says
Completed.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-export.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.cards import folders
from ormer.engines.cards.folders import ExportFolder
from ormer.engines.images import BuildFailed, Runtimes
from ormer.engines.jobs import data
from ormer.engines.jobs.contracts import Surroundings, write_json
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.environments import catalogue
from ormer.engines.jobs.folders import RUNTIMES, remove
from ormer.engines.jobs.sandbox import Mount, Program, SandboxUnavailable
from ormer.engines.jobs.starter import Starter
from ormer.engines.jobs.supervision import Handle, Job, Limits, StartFailed, attach, end_all
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.card_exports import COMPLETED, FAILED, IN_PROGRESS, KIND, REASON_CHARACTERS_MAX
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tasks import held

JsonDict = dict[str, Any]
RUNTIME = "analyzers"
CPUS = 1
MEMORY_BYTES = 1 << 30
SECONDS_MAX = 300.0
LOOK_SECONDS = 0.3


class CannotRun(Exception):
    """No program could be started; the text says why."""


class CardsEngine:
    """Start it before the worker, stop it after."""

    def __init__(self, stores: Stores, surroundings: Surroundings, setting: str = "auto") -> None:
        self._stores = stores
        self._surroundings = surroundings
        self._starter = Starter(setting)

    def start(self) -> None:
        """Sweep the folders that no export owns."""
        folders.root(self._stores.home).mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._stores.database.read() as tx:
            open_ones = resources.select(tx, table.c.kind == KIND, table.c.status == IN_PROGRESS)
        known = {row.facts["id"] for row in open_ones}
        for folder in folders.root(self._stores.home).iterdir():
            if folder.is_dir() and folder.name not in known:
                remove(folder)

    def stop(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        self._starter.close()

    def run(self, work: Work) -> Again | None:
        """Take the export as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(KIND).final:
            return None
        folder = folders.export_folder(self._stores.home, row.facts["id"])
        handle = attach(folder.run)
        if handle is None:
            try:
                handle = self._started(work, row, folder)
            except CannotRun as error:
                self._end(work, row, folder, str(error))
                return None
        with handle:
            result = handle.result()
        if result is None:
            return Again(seconds=LOOK_SECONDS)
        answer = folder.answer()
        if answer is None:
            told = result.tail[-1] if result.tail else result.message or f"exit status {result.exit_code}"
            answer = {"reason": f"The program that lays the card out ended without a result: {told}"}
        self._end(work, row, folder, "" if answer.get("kind") == "done" else str(answer.get("reason")))
        return None

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """Fail an export whose task raises again and again; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(KIND).final:
            return False
        end_all([folders.export_folder(self._stores.home, row.facts["id"]).run])
        _fail(tx, row, reason, work.now)
        return True

    def _started(self, work: Work, row: Row, folder: ExportFolder) -> Handle:
        """Lay the card into a folder that only the holder of the task may clear, and start the program on it."""
        try:
            spawner = self._starter.spawner()
            venv = Runtimes(self._stores.home, catalogue(self._stores.home)).ensure(RUNTIME)
            with work.read() as tx:
                held(tx, work.task)
            remove(folder.path)
            folder.work.mkdir(parents=True, mode=0o700)
            folder.run.mkdir(parents=True, mode=0o700)
            write_json(folder.work / folders.REQUEST, row.facts["card"])
            program = Program(
                name="export",
                argv=(str(venv / "bin" / "python"), f"{RUNTIMES}/run.py", "model_card", "export"),
                env={"TZ": "UTC"},
                cwd=folders.WORK,
                mounts=(
                    Mount(folder.work, folders.WORK, read_only=False),
                    Mount(self._surroundings.programs, RUNTIMES),
                ),
                runtime=venv,
                hostname="model-card",
            )
            cut_off = self._starter.capabilities().net_isolation
            starts = folders.root(self._stores.home) / folders.STARTS
            limits = Limits(MEMORY_BYTES, CPUS, SECONDS_MAX, stop_grace_seconds=1.0)
            job = Job(
                "export",
                program,
                limits=limits,
                network="none" if cut_off else "host",
                fence=work.task.fence,
                starts=starts,
            )
            return spawner.start(job, folder.run)
        except BuildFailed as error:
            raise CannotRun(f"the environment that makes PDFs could not be built: {error}") from error
        except (SandboxUnavailable, StartFailed) as error:
            raise CannotRun(str(error)) from error

    def _end(self, work: Work, row: Row, folder: ExportFolder, reason: str) -> None:
        """The PDF as an object and the end of the job, together; or why there is none."""
        try:
            uri = row.facts["target"]
            written = [] if reason else [data.write_file(self._stores.objects, folder.work / folders.PDF, uri)]
            with work.write() as tx:
                if reason:
                    _fail(tx, row, reason, work.now)
                else:
                    data.publish(self._stores.objects, written)
                    change = {"ExportArtifacts": {"S3ExportArtifacts": uri}}
                    resources.advance(tx, row.arn, COMPLETED, now=work.now, change=change)
                work.let_go(tx, None)
        except (DataError, OSError, ValueError) as error:
            with work.write() as tx:
                _fail(tx, row, str(error), work.now)
                work.let_go(tx, None)
        remove(folder.path)


def _fail(tx: Tx, row: Row, reason: str, now: float) -> None:
    resources.advance(tx, row.arn, FAILED, now=now, change={"FailureReason": reason[:REASON_CHARACTERS_MAX]})
