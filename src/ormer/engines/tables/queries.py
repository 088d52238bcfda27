"""Queries on their way: staged, run in the sandbox, and ended with their result as an object.

Durable is the row. The program's folder is the query's own, so it is started once; a server that starts anew finds it
there. Whatever a query changes (objects, tables) is written in the transaction that says SUCCEEDED.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog

from ormer.aws.errors import AwsError
from ormer.aws.lifecycles import lifecycle
from ormer.engines.jobs import data
from ormer.engines.jobs.capacity import Capacity
from ormer.engines.jobs.data import DataError, Written
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.following import Following
from ormer.engines.jobs.programs import DATA, CannotRun, ProgramFolder, Programs
from ormer.engines.jobs.supervision import Handle, attach, end_all
from ormer.engines.tables.changes import Changes
from ormer.engines.tables.inputs import Inputs
from ormer.engines.tables.programs import SETTINGS, why
from ormer.engines.worker import Again, Work
from ormer.stores import queries, resources
from ormer.stores import tasks as task_store
from ormer.stores.access import PolicyGate
from ormer.stores.database import Tx
from ormer.stores.queries import FAILED, KIND, QUEUED, RUNNING, SUCCEEDED, TASK
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tasks import held

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
SECONDS_MAX = 1800.0
# Each may take two cores and some gigabytes; the rest stands in line.
AT_ONCE = 3
# The end of a program wakes its task; this is for one whose news got lost.
LOOK_SECONDS = 5.0
REASON_CHARACTERS_MAX = 4096

log = structlog.get_logger("ormer.queries")


class Queries:
    """`run` is the function of task kind "query_execution"; its subject is a query's ARN."""

    def __init__(self, stores: Stores, programs: Programs, wake: Callable[[str], None]) -> None:
        self._stores = stores
        self._programs = programs
        self._line = Capacity()
        self._following = Following(stores.database, stores.clock.now, wake)

    def start(self) -> set[str]:
        """Count what runs already, wake every query that is not over. Returns the ids of their folders."""
        known, c = set(), table.c
        with self._stores.database.write() as tx:
            for row in resources.select(tx, c.kind == KIND, c.status.in_((QUEUED, RUNNING))):
                known.add(row.facts["id"])
                handle = attach(self._folder(row).run)
                if handle is not None:
                    handle.close()
                    self._line.restore(row.arn, 1 / AT_ONCE)
                task_store.wake(tx, TASK, row.arn)
        self._following.start()
        return known

    def stop(self) -> None:
        """Hear nothing more; programs go on."""
        self._following.stop()

    def run(self, work: Work) -> Again | None:
        """Take the query as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None:
            return None
        folder = self._folder(row)
        if row.status in lifecycle(KIND).final:
            return self._clear(work, row, folder)
        handle = attach(folder.run)
        if handle is None:
            if not self._line.admit(row.arn, 1 / AT_ONCE, row.created):
                return Again()
            try:
                handle = self._started(work, row, folder)
            except (CannotRun, AwsError) as error:
                return self._fail(work, row, error.message if isinstance(error, AwsError) else str(error))
        result = handle.result()
        if result is None:
            self._following.follow(row.arn, [], [handle])
            return Again(seconds=LOOK_SECONDS)
        handle.close()
        self._following.leave(row.arn)
        answer = folder.answer()
        if answer is None:
            return self._fail(work, row, why(result))
        if answer.get("kind") == "failed":
            return self._fail(work, row, str(answer.get("reason")))
        return self._collect(work, row, folder, answer)

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """End a query whose task raises again and again; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(KIND).final:
            return False
        self._following.leave(row.arn)
        end_all([self._folder(row).run])
        self._advance(tx, row, FAILED, work.now, {"StateChangeReason": reason[:REASON_CHARACTERS_MAX]})
        return True

    def _started(self, work: Work, row: Row, folder: ProgramFolder) -> Handle:
        """Lay the query's inputs and start its program. AwsError where its result could not be written."""
        self._check_output(row)
        # Only the holder of the task may clear the folder.
        with work.write() as tx:
            resources.advance(tx, row.arn, RUNNING, now=work.now, expect=[QUEUED, RUNNING])
        remove(folder.path)
        inputs = Inputs(self._stores, row, folder.data)
        request = {
            "sql": row.document["Query"],
            "database": row.document["QueryExecutionContext"].get("Database", "default").strip('`"').lower(),
            "parameters": row.document.get("ExecutionParameters", []),
            "tables": inputs.lay(),
            "catalog": inputs.catalog(),
            "data": DATA,
        }
        with work.read() as tx:
            held(tx, work.task)  # and only the holder may start
        return self._programs.start("query", folder, {**request, **SETTINGS}, work.task.fence, SECONDS_MAX)

    def _check_output(self, row: Row) -> None:
        objects = self._stores.objects
        bucket, key = objects.parse_uri(row.document["ResultConfiguration"]["OutputLocation"])
        objects.bucket(bucket)
        target = f"arn:aws:s3:::{bucket}/{key}"
        PolicyGate(self._stores).permit(queries.caller_of(row), row.region, "s3:PutObject", target)

    def _collect(self, work: Work, row: Row, folder: ProgramFolder, answer: JsonDict) -> Again | None:
        """The result as an object, what the query changes, and its end, together."""
        changes, location = Changes(work, row), ""
        try:
            written = self._result(row, folder, answer)
            if answer["kind"] == "files":
                location = changes.location(answer)
                made = changes.written(answer, folder.work / "files")
                written += [*made, self._manifest(row, folder, made)]
            with work.write() as tx:
                data.publish(self._stores.objects, written)
                for action in answer.get("actions", ()):
                    changes.define(action)
                if answer["kind"] == "files":
                    changes.attach(answer, location)
                self._end(work, tx, row, answer)
        except DataError as error:
            return self._fail(work, row, str(error))
        except AwsError as error:
            return self._fail(work, row, f"FAILED: {error.code}: {error.message}")
        remove(folder.path)
        return None

    def _result(self, row: Row, folder: ProgramFolder, answer: JsonDict) -> list[Written]:
        """The result's object, and the one beside it that tells of its columns."""
        uri = row.document["ResultConfiguration"]["OutputLocation"]
        name = {"rows": "result.csv", "lines": "result.txt"}.get(answer["kind"], "")
        path = folder.work / (name or "empty.txt")
        if not name:
            path.write_text("")
        told = folder.work / "metadata.json"
        told.write_text(json.dumps({"columns": answer.get("columns", [])}))
        objects = self._stores.objects
        return [data.write_file(objects, path, uri), data.write_file(objects, told, f"{uri}.metadata")]

    def _manifest(self, row: Row, folder: ProgramFolder, made: list[Written]) -> Written:
        """The object that lists what a query wrote."""
        path = folder.work / "manifest.csv"
        path.write_text("".join(f"{one.uri}\n" for one in made))
        return data.write_file(self._stores.objects, path, _manifest_uri(row))

    def _end(self, work: Work, tx: Tx, row: Row, answer: JsonDict) -> None:
        milliseconds = int(max(0.0, work.now - row.document["SubmissionDateTime"]) * 1000)
        statistics: JsonDict = {
            "EngineExecutionTimeInMillis": milliseconds,
            "TotalExecutionTimeInMillis": milliseconds,
            "QueryQueueTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "DataScannedInBytes": int(answer.get("bytes", 0)),
        }
        if answer["kind"] == "files":
            statistics["DataManifestLocation"] = _manifest_uri(row)
        columns = answer.get("columns") or []
        if answer["kind"] == "lines":
            columns = [{"name": "result", "type": "string", "precision": 0, "scale": 0}]
        self._advance(tx, row, SUCCEEDED, work.now, {"Statistics": statistics}, {"columns": columns})
        work.let_go(tx, None)

    def _fail(self, work: Work, row: Row, reason: str) -> Again | None:
        with work.write() as tx:
            change: JsonDict = {"StateChangeReason": reason[:REASON_CHARACTERS_MAX]}
            change["Statistics"] = {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": 0}
            self._advance(tx, row, FAILED, work.now, change)
            work.let_go(tx, None)
        remove(self._folder(row).path)
        return None

    def _advance(self, tx: Tx, row: Row, to: str, now: float, change: JsonDict, facts: JsonDict | None = None) -> None:
        full = {**change, "CompletionDateTime": now}
        resources.advance(tx, row.arn, to, now=now, change=full, facts=facts)
        for arn in self._line.release(row.arn):
            task_store.wake(tx, TASK, arn)

    def _clear(self, work: Work, row: Row, folder: ProgramFolder) -> Again | None:
        """A query that was stopped: end its program, and let others run."""
        end_all([folder.run])
        self._following.leave(row.arn)
        handle = attach(folder.run)
        if handle is not None:
            with handle:
                if not handle.wait(0):
                    return Again(seconds=0.2)
        with work.write() as tx:
            for arn in self._line.release(row.arn):
                task_store.wake(tx, TASK, arn)
        remove(folder.path)
        return None

    def _folder(self, row: Row) -> ProgramFolder:
        return self._programs.folder(row.facts["id"])


def _manifest_uri(row: Row) -> str:
    """https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html"""
    result: str = row.document["ResultConfiguration"]["OutputLocation"]
    return f"{result.rpartition('.')[0]}-manifest.csv"
