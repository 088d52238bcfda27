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
from ormer.engines.jobs import data
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.programs import CannotRun, Kind, ProgramFolder, Programs
from ormer.engines.jobs.supervision import Handle, attach, end_all
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.card_exports import COMPLETED, FAILED, IN_PROGRESS, KIND, REASON_CHARACTERS_MAX
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tasks import held

JsonDict = dict[str, Any]
PROGRAM = Kind(
    folder="cards",
    runtime="analyzers",
    what="that makes PDFs",
    package="model_card",
    hostname="model-card",
    cpus=1,
    memory_bytes=1 << 30,
    answer_bytes_max=1 << 20,
)
PDF = "card.pdf"
SECONDS_MAX = 300.0
LOOK_SECONDS = 0.3


class CardsEngine:
    """Start it before the worker, stop it after."""

    def __init__(self, stores: Stores, surroundings: Surroundings, setting: str = "auto") -> None:
        self._stores = stores
        self._programs = Programs(PROGRAM, stores, surroundings, setting)

    def start(self) -> None:
        """Sweep the folders that no export owns."""
        self._programs.open()
        with self._stores.database.read() as tx:
            open_ones = resources.select(tx, table.c.kind == KIND, table.c.status == IN_PROGRESS)
        known = {row.facts["id"] for row in open_ones}
        for folder in self._programs.root.iterdir():
            if folder.is_dir() and folder.name not in known:
                remove(folder)

    def stop(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        self._programs.close()

    def run(self, work: Work) -> Again | None:
        """Take the export as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(KIND).final:
            return None
        folder = self._programs.folder(row.facts["id"])
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
        end_all([self._programs.folder(row.facts["id"]).run])
        _fail(tx, row, reason, work.now)
        return True

    def _started(self, work: Work, row: Row, folder: ProgramFolder) -> Handle:
        """Lay the card into a folder that only the holder of the task may clear, and start the program on it."""
        with work.read() as tx:
            held(tx, work.task)
        remove(folder.path)
        return self._programs.start("export", folder, row.facts["card"], work.task.fence, SECONDS_MAX)

    def _end(self, work: Work, row: Row, folder: ProgramFolder, reason: str) -> None:
        """The PDF as an object and the end of the job, together; or why there is none."""
        try:
            uri = row.facts["target"]
            written = [] if reason else [data.write_file(self._stores.objects, folder.work / PDF, uri)]
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
