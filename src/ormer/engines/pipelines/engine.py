"""Moves one execution on as far as it goes: the task "pipeline_execution", whose subject is the execution's ARN.

A look is made of turns. A turn is one transaction: what has ended is settled, what became ready is begun, and where
nothing is left to do now, the task is let go with it. So a step's end and its successor's job are one commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.pipelines import caching, definitions, experiments, retries
from ormer.engines.pipelines.definitions import Definition, Step, functions_of
from ormer.engines.pipelines.expressions import Unresolved
from ormer.engines.pipelines.graphs import Graph
from ormer.engines.pipelines.outcomes import (
    REASON_LENGTH_MAX,
    Failed,
    Outcome,
    Stopped,
    Succeeded,
    Waiting,
)
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import kind_of
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.runs import executions, steps
from ormer.stores.runs.steps import RUNNING, StepRow

JsonDict = dict[str, Any]
SESSION = "SageMaker"
# AWS's default. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ParallelismConfiguration.html
PARALLEL_DEFAULT = 50
# What one turn does of each kind; others may write in between.
INLINE_MAX, SETTLED_MAX, STARTED_MAX = 250, 10, 5
FAILURE = "Step failure: One or multiple steps failed."


def run(work: Work) -> Again | None:
    """Move the execution on. Returns None when it is over, else when to look again."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
        if row is None or row.status in executions.FINAL:
            return None
        text = executions.definition(tx, row.parent, row.document["PipelineVersionId"])
        rows = steps.of(tx, row.arn)
    definition = definitions.parse(text, work.port.models)
    api = work.port.acting_as(session_identity(row.facts["role_arn"], SESSION), arns.parse(row.arn).region)
    state = Run(row, definition, rows, api, work.port.models, work.stores.database, work.now)
    return Reconciler(work, state, definition).reconcile()


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail an execution whose task raises again and again; jobs it has begun come to their own end.

    See `work.Ending`.
    """
    row = resources.get(tx, work.subject)
    if row is None or row.status in executions.FINAL:
        return False
    for step in steps.of(tx, row.arn).values():
        if step.status in RUNNING or (step.status == steps.WAITING and step.began is not None):
            values: JsonDict = {"status": "Failed", "ended": work.now, "due": None}
            steps.change(tx, step, work.now, **values, failure_reason=reason[:REASON_LENGTH_MAX])
    change = {"FailureReason": reason}
    executions.advance(tx, row.arn, "Failed", now=work.now, expect=(row.status,), change=change)
    return True


class Reconciler:
    """One look at one execution. Rows in memory are those in the database: every change writes both."""

    def __init__(self, work: Work, state: Run, definition: Definition) -> None:
        self.work = work
        self.run = state
        self.rows = state.rows
        self.graph = Graph(definition.steps, state.rows)
        self.began = max((row.began or 0 for row in self.rows.values()), default=0)

    def reconcile(self) -> Again | None:
        """Settle what has ended, start what is ready, and end the execution when nothing is left."""
        while True:
            ended = self._ended()
            with self.work.write() as tx:
                self._refresh(tx)
                if self.run.row.status in executions.FINAL:
                    return None
                if self._turn(tx, ended):
                    again = self._end_or_wait(tx)
                    self.work.let_go(tx, again)
                    return again

    def _turn(self, tx: Tx, ended: list[tuple[StepRow, Outcome]]) -> bool:
        """Do what is due, within a turn's bounds. Returns whether nothing is left to be done now."""
        self._prepare(tx)
        for row, outcome in ended[:SETTLED_MAX]:
            self.run.now = self.work.now
            self._apply(tx, row, outcome)
            self._record(tx, row)
        if len(ended) > SETTLED_MAX:
            return False
        if self.run.row.status == "Stopping":
            self._stop_running(tx)
            return True
        return self._has_failed() or (self._decide_inline(tx) and self._start_jobs(tx))

    # -- beginning and end ----------------------------------------------------------------------------------------

    def _prepare(self, tx: Tx) -> None:
        """Make the experiment and the lineage's context, once."""
        if "prepared" in self.run.row.facts:
            return
        document, facts = experiments.prepare(self.run)
        self.run.row = resources.save(
            tx, self.run.row, document, now=self.run.now, facts={**facts, "prepared": True}, touch=False
        )

    def _end_or_wait(self, tx: Tx) -> Again | None:
        if any(row.status in RUNNING for row in self.rows.values()):
            return self._wait()
        stopping = self.run.row.status == "Stopping"
        waiting = [row for row in self.rows.values() if row.status == steps.WAITING]
        if not stopping and not self._has_failed() and waiting:
            return self._wait()
        self._end(tx, "Stopped" if stopping else "Failed" if self._has_failed() else "Succeeded", waiting)
        return None

    def _end(self, tx: Tx, status: str, waiting: Iterable[StepRow]) -> None:
        change = {"FailureReason": FAILURE} if status == "Failed" else {}
        for row in waiting:
            if row.began is not None:
                # It waited for its next attempt.
                steps.change(tx, row, self.run.now, status="Stopped", ended=self.run.now, due=None)
        executions.advance(tx, self.run.row.arn, status, now=self.run.now, expect=(self.run.row.status,), change=change)

    def _wait(self) -> Again:
        """Wait for a job's change, or for the calendar where a step is to be tried again."""
        dues = [row.due for row in self.rows.values() if row.status == steps.WAITING and row.due is not None]
        return Again(at=min(dues)) if dues and not self._has_failed() else Again()

    def _has_failed(self) -> bool:
        return any(row.status == "Failed" for row in self.rows.values())

    # -- jobs under way -------------------------------------------------------------------------------------------

    def _ended(self) -> list[tuple[StepRow, Outcome]]:
        """What became of every job that has ended; read before the turn, for it may take files of S3."""
        running = [row for row in self.rows.values() if row.status in RUNNING and row.made_arn]
        with self.work.read() as tx:
            found = {row.name: resources.get(tx, row.made_arn) for row in running}
        ended: list[tuple[StepRow, Outcome]] = []
        for row in running:
            job = found[row.name]
            if job is None:
                ended.append((row, Failed(f"ClientError: The job {row.made_arn} is gone.", row.metadata)))
            elif job.status in lifecycle(job.kind).final:
                ended.append((row, self._finish(self.run.definition.steps[row.name])))
        return ended

    def _finish(self, step: Step) -> Outcome:
        try:
            kind = kind_of(step)
            return kind.finish(step, self.run, kind.describe(step, self.run))
        except AwsError as error:
            return Failed(f"ClientError: The ended job cannot be read: {error.message}")
        except Unresolved as error:
            return Failed(f"ClientError: {error}")

    def _stop_running(self, tx: Tx) -> None:
        """Ask every running job to stop, once."""
        for row in self.rows.values():
            if row.status not in ("Starting", "Executing"):
                continue
            kind_of(self.run.definition.steps[row.name]).stop(self.run.definition.steps[row.name], self.run)
            if row.made_arn:
                steps.change(tx, row, self.run.now, status="Stopping")
            else:
                self._apply(tx, row, Stopped(row.metadata))

    # -- starting -------------------------------------------------------------------------------------------------

    def _decide_inline(self, tx: Tx) -> bool:
        """Decide conditions and the like, in the order they become ready. Returns whether all are decided."""
        queue = deque(name for name in self.graph.ready() if self._is_inline(name))
        for _ in range(INLINE_MAX):
            if not queue:
                return True
            name = queue.popleft()
            self._begin(tx, name)
            if self.rows[name].status == "Failed":
                return True
            queue.extend(other for other in self.graph.freed_by(name) if self._is_inline(other))
        return not queue

    def _is_inline(self, name: str) -> bool:
        return self.graph.is_skipped(name) or kind_of(self.run.definition.steps[name]).inline

    def _start_jobs(self, tx: Tx) -> bool:
        """Start ready jobs while there are free places. Returns whether none is left that could be started now."""
        started, all_run = 0, True
        for name in self.graph.ready():
            row = self.rows[name]
            if self._is_inline(name) or (row.due is not None and row.due > self.run.now):
                continue
            if self._free_places() <= 0 or self._has_failed():
                break
            if started == STARTED_MAX:
                return False
            self._begin(tx, name)
            self._record(tx, row)
            started += 1
            # One that ended at once has made others ready.
            all_run = all_run and row.status in RUNNING
        return all_run

    def _free_places(self) -> int:
        config = self.run.row.document.get("ParallelismConfiguration") or {}
        most = config.get("MaxParallelExecutionSteps", PARALLEL_DEFAULT)
        return int(most) - sum(row.status in RUNNING for row in self.rows.values())

    def _refresh(self, tx: Tx) -> None:
        """Take over what others have written to the execution since it was loaded: a stop, a name, a limit."""
        self.run.row = resources.get(tx, self.run.row.arn) or self.run.row

    def _begin(self, tx: Tx, name: str) -> None:
        """Begin an attempt of a step, or skip it."""
        row, step = self.rows[name], self.run.definition.steps[name]
        # A step begins after the end of what it waited for, though one look settles the one and begins the other.
        self.run.now = self.work.now
        if self.graph.is_skipped(name):
            steps.change(tx, row, self.run.now, status=steps.SKIPPED)
            return
        if row.began is None:
            self.began += 1
            row.began, row.started = self.began, self.run.now
        row.attempt += 1
        facts = {**row.facts, "first_started": row.facts.get("first_started", self.run.now)}
        columns: JsonDict = {"began": row.began, "started": row.started, "attempt": row.attempt, "due": None}
        try:
            hit = self._cached(tx, row, step, columns, facts)
            outcome = hit or kind_of(step).start(step, self.run)
        except Unresolved as error:
            outcome = Failed(f"ClientError: {error}")
        except AwsError as error:
            outcome = Failed(f"ClientError: {error.message}", kind=retries.kind_of_error(error))
        self._apply(tx, row, outcome, {**columns, "facts": facts})

    def _cached(self, tx: Tx, row: StepRow, step: Step, columns: JsonDict, facts: JsonDict) -> Outcome | None:
        """The outcome of an earlier equal run; None, with the reason among the facts, when there is none."""
        if step.cache is None or not step.cache.enabled or step.type not in caching.ATTRIBUTES:
            return None
        whole = functions_of(step.raw)
        resolved = self.run.resolve(step, {**whole, **step.arguments})
        parts = caching.digests(step.type, resolved)
        columns["cache_key"] = caching.key_of(parts)
        facts["digests"] = parts
        decided = caching.verdict(step.cache, parts, steps.earlier(tx, row), self.run.now)
        if decided.hit is None:
            facts["cache_miss"] = decided.reason
            return None
        columns["cache_source"] = decided.hit.execution_arn
        return Succeeded(decided.hit.properties, decided.hit.metadata, decided.hit.property_files, decided.hit.made_arn)

    # -- outcomes -------------------------------------------------------------------------------------------------

    def _apply(self, tx: Tx, row: StepRow, outcome: Outcome, columns: JsonDict | None = None) -> None:
        """Write what became of a step; a failure that a retry policy covers makes it wait for its next attempt."""
        values: JsonDict = {"facts": row.facts, **(columns or {})}
        now = self.run.now
        if isinstance(outcome, Waiting):
            values |= {
                "status": "Executing",
                "made_arn": outcome.made_arn,
                "metadata": outcome.metadata,
                "token": outcome.token,
                "facts": {**values["facts"], **outcome.facts},
            }
            if outcome.made_arn:
                resources.watch(tx, outcome.made_arn, self.work.task.kind, self.work.subject)
        elif isinstance(outcome, Succeeded):
            values |= {
                "status": "Succeeded",
                "ended": now,
                "properties": outcome.properties,
                "metadata": outcome.metadata,
                "property_files": outcome.property_files,
                "made_arn": outcome.made_arn or row.made_arn,
            }
        elif isinstance(outcome, Stopped):
            values |= {"status": "Stopped", "ended": now, "metadata": outcome.metadata or row.metadata}
        else:
            values |= self._failed(row, outcome, values["facts"])
        steps.change(tx, row, now, **values)

    def _failed(self, row: StepRow, outcome: Failed, facts: JsonDict) -> JsonDict:
        metadata = outcome.metadata or row.metadata
        pause = None
        if self.run.row.status == "Executing":
            since = self.run.now - facts.get("first_started", self.run.now)
            policies = self.run.definition.steps[row.name].retries
            pause = retries.pause_seconds(policies, outcome.kind, row.attempt, since)
        if pause is None:
            reason = outcome.reason[:REASON_LENGTH_MAX] or None
            return {"status": "Failed", "ended": self.run.now, "failure_reason": reason, "metadata": metadata}
        tried = [*facts.get("tried", []), outcome.reason]
        return {
            "status": steps.WAITING,
            "due": self.run.now + pause,
            "made_arn": "",
            "metadata": metadata,
            "facts": {**facts, "tried": tried},
        }

    def _record(self, tx: Tx, row: StepRow) -> None:
        """Draw the lineage of a step that has just succeeded, in the transaction that says so: a crash keeps both."""
        if row.status != "Succeeded":
            return
        fault = experiments.record(self.run, self.run.definition.steps[row.name], row)
        if fault is not None:
            steps.change(tx, row, self.run.now, facts={**row.facts, "lineage_fault": fault})
