"""The monitors engine: two tasks, one a schedule and one a run.

"monitoring_schedule" sleeps until the calendar reaches the schedule's next time and begins the run of that time: one
row with a task of its own. How far a schedule has come moves in the same transaction, so every time has one run,
whoever is killed in between. While ormer runs no time is left out, however fast the calendar goes; of the times that
passed while it was down those begin whose window holds data.

"monitoring_execution" takes a run from its row to its end:

    (none)      Pending. It waits for the schedule's run before, and for the baselining job its definition names.
    merging     InProgress. A processing job joins captured data with their ground truth.
    analyzing   InProgress. A processing job analyzes; its end is the run's end.

Durable are the row and the jobs, whose names are made of the run: whoever comes again finds them. Jobs wake the task by
`resources.watch`; nothing polls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ormer.aws import monitoring_times
from ormer.aws.clock import Clock
from ormer.aws.errors import AwsError
from ormer.aws.lifecycles import lifecycle
from ormer.engines.monitors import definitions, inputs, requests
from ormer.engines.monitors.definitions import NoMonitor
from ormer.engines.monitors.requests import Piece
from ormer.engines.monitors.runs import NO_DATA, Run, Unable, api_of
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.monitoring import executions
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

SCHEDULE_TASK = "monitoring_schedule"
TASK = executions.TASK
MERGING, ANALYZING = "merging", "analyzing"
# Times of one transaction.
TIMES_MAX = 50
REASON_CHARACTERS_MAX = 1024
VIOLATED = re.compile(r"CompletedWithViolations\b(?:.*?(\d+) violations?)?", re.DOTALL)


class MonitorsEngine:
    """Runs monitors. flush: brings what was captured of an endpoint (by ARN) to S3."""

    def __init__(self, clock: Clock, flush: Callable[[str], None]) -> None:
        self._started = clock.now()
        self._flush = flush

    # Schedules.

    def run_schedule(self, work: Work) -> Again | None:
        """Begin the runs that are due of the schedule `work.subject`."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        if row is None or row.status != "Scheduled":
            return None
        times = monitoring_times.times_of(row.document["MonitoringScheduleConfig"])
        if times.is_once:
            return None
        due: list[float] = []
        following = times.next_after(row.facts["position"])
        while following is not None and following <= work.now and len(due) < TIMES_MAX:
            due.append(following)
            following = times.next_after(following)
        again = None if following is None else Again(at=following)
        if not due:
            return again
        wanted = [at for at in due if at >= self._started or self._missed(work, row, at)]
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            if current is None or current.version != row.version:
                return Again(seconds=0)
            for at in wanted:
                executions.begin(tx, current, at, _window(current, at), work.now)
            resources.save(tx, current, {}, now=work.now, facts={"position": due[-1]}, touch=False)
        return again

    def _missed(self, work: Work, row: Row, at: float) -> bool:
        """Whether a time that passed while ormer was down has something to look at."""
        facts = {"config": row.document["MonitoringScheduleConfig"], "window": list(_window(row, at))}
        missed = Row(**{**row.__dict__, "facts": facts})
        try:
            with work.read() as tx:
                run = Run(work, missed, definitions.monitor_of(tx, missed))
            return bool(inputs.captured_hours(run, inputs.destination(run), self._flush))
        except (NoMonitor, Unable, AwsError):
            return True  # the run itself says what is wrong

    # Runs.

    def run_execution(self, work: Work) -> Again | None:
        """Take the run `work.subject` as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
            if row is None or row.status in executions.FINAL:
                return None
            before = executions.one_before(tx, row)
        try:
            return self._go_on(work, row, before)
        except (NoMonitor, Unable) as reason:
            text = str(reason)
        except AwsError as error:
            text = f"{error.code}: {error.message}"
        return _end(work, row, "Failed", {"FailureReason": text[:REASON_CHARACTERS_MAX]})

    def give_up(self, work: Work, tx: Tx, reason: str) -> bool:
        """Fail a run whose task raises again and again; see `work.Ending`."""
        row = resources.get(tx, work.subject)
        if row is None or row.status in executions.FINAL:
            return False
        change = {"FailureReason": reason[:REASON_CHARACTERS_MAX]}
        return executions.move(tx, row.arn, "Failed", now=work.now, change=change) is not None

    def _go_on(self, work: Work, row: Row, before: Row | None) -> Again | None:
        if row.status == "Stopping":
            return _stop(work, row)
        phase = row.facts.get("phase", "")
        if phase:
            job = _job(work, row, row.facts["job"])
            if job.status not in lifecycle(job.kind).final:
                return _follow(work, row, job)
            if phase == ANALYZING or job.status != "Completed":
                return _end_as(work, row, job)
        elif before is not None:
            return _wait_for(work, before.arn)
        with work.read() as tx:
            run = Run(work, row, definitions.monitor_of(tx, row))
        if phase == MERGING:
            spent = job.document["ProcessingEndTime"] - job.document.get("ProcessingStartTime", job.created)
            return _analyze(run, inputs.merged(run), spent)
        return self._begin(run)

    def _begin(self, run: Run) -> Again | None:
        waiting = inputs.awaited_baselining(run)
        if waiting is not None:
            return _wait_for(run.work, waiting)
        place = inputs.destination(run)
        found = inputs.captured_hours(run, place, self._flush)
        if not found:
            raise Unable(NO_DATA)
        run.row.facts["destination"] = place
        if not run.monitor.ground_truth:
            return _analyze(run, inputs.data(run, found), 0.0)
        labels = inputs.labels(run)
        return _start(run, requests.merge(run.monitor, run.row, inputs.data(run, found), labels), MERGING)


def _window(schedule: Row, at: float) -> tuple[float, float]:
    config = schedule.document["MonitoringScheduleConfig"]
    return monitoring_times.window(config, schedule.facts["offsets"], at)


def _analyze(run: Run, data: Sequence[Piece], spent: float) -> Again:
    """Start the analysis. spent: seconds that the run has taken of its MaxRuntimeInSeconds."""
    config, baseline = inputs.configuration(run), inputs.baseline(run)
    return _start(run, requests.analysis(run.monitor, run.row, data, baseline, config, spent), ANALYZING)


def _start(run: Run, request: JsonDict, phase: str) -> Again:
    """Create the run's next job, watch it, and remember it, in one transaction."""
    name, row, now = request["ProcessingJobName"], run.row, run.work.now
    arn = requests.job_arn(row, name)
    facts = {"phase": phase, "job": name, "report": run.report, "destination": row.facts.get("destination", "")}
    with run.work.write() as tx:
        run.api("sagemaker", "CreateProcessingJob", request)
        job = resources.get(tx, arn)
        assert job is not None, "it was created in this transaction"
        resources.save(tx, job, {"MonitoringScheduleArn": row.facts["schedule"]}, now=now, touch=False)
        executions.move(tx, row.arn, "InProgress", now=now, change={"ProcessingJobArn": arn}, facts=facts)
        resources.watch(tx, arn, TASK, row.arn)
    return Again()


def _stop(work: Work, row: Row) -> Again | None:
    """Stop the run's job, whose end is the run's end; a run without a job is stopped at once."""
    if "job" not in row.facts:
        return _end(work, row, "Stopped", {})
    job = _job(work, row, row.facts["job"])
    if job.status in lifecycle(job.kind).final:
        return _end_as(work, row, job)
    if job.status != "Stopping":
        api_of(work, row)("sagemaker", "StopProcessingJob", {"ProcessingJobName": job.name})
    return _wait_for(work, job.arn)


def _job(work: Work, row: Row, name: str) -> Row:
    with work.read() as tx:
        found = resources.get(tx, requests.job_arn(row, name))
    assert found is not None, "a run's job is made in the transaction that names it"
    return found


def _follow(work: Work, row: Row, job: Row) -> Again:
    """Wait for a job, and show when it is being stopped."""
    with work.write() as tx:
        if job.status == "Stopping":
            executions.move(tx, row.arn, "Stopping", now=work.now)
        resources.watch(tx, job.arn, TASK, row.arn)
    return Again()


def _wait_for(work: Work, arn: str) -> Again:
    with work.write() as tx:
        resources.watch(tx, arn, TASK, work.subject)
    return Again()


def _end_as(work: Work, row: Row, job: Row) -> Again | None:
    """End a run as its job ended.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringExecutionSummary.html
    """
    if job.status == "Completed" and row.facts["phase"] == ANALYZING:
        violated = VIOLATED.match(job.document.get("ExitMessage") or "")
        if violated is None:
            return _end(work, row, "Completed", {})
        count = {"violations": int(violated[1])} if violated[1] else {}
        return _end(work, row, "CompletedWithViolations", {}, count)
    if job.status in ("Completed", "Stopped"):
        reason = job.document.get("FailureReason", "")
        return _end(work, row, "Stopped", {"FailureReason": reason} if reason else {})
    reason = job.document.get("FailureReason") or "The processing job failed."
    return _end(work, row, "Failed", {"FailureReason": NO_DATA if NO_DATA in reason else reason})


def _end(work: Work, row: Row, status: str, change: JsonDict, facts: JsonDict | None = None) -> Again | None:
    """The run is over: nothing calls again."""
    with work.write() as tx:
        executions.move(tx, row.arn, status, now=work.now, change=change, facts=facts)
    return None
