"""The monitors engine: two tasks, one a schedule and one a run.

"monitoring_schedule" sleeps until the calendar reaches the schedule's next time and begins the run of that time: one row
with a task of its own. How far a schedule has come moves in the same transaction, so every time has one run, whoever is
killed in between. While ormer runs no time is left out, however fast the calendar goes; of the times that passed while
it was down those begin whose window holds data.

"monitoring_execution" takes a run from its row to its end:

    (none)      Pending. It waits for the schedule's run before, and for the baselining job its definition names.
    merging     InProgress. A processing job joins captured data with their ground truth.
    analyzing   InProgress. A processing job analyzes; its end is the run's end.

Durable are the row and the jobs, whose names are made of the run: whoever comes again finds them. Jobs wake the task by
`resources.watch`; nothing polls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from ormer.aws import monitoring_times
from ormer.aws.clock import Clock
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity, session_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.monitors import captured, definitions, requests
from ormer.engines.monitors.captured import Hour
from ormer.engines.monitors.definitions import MODEL_BIAS, MODEL_QUALITY, Monitor, NoMonitor
from ormer.engines.monitors.requests import Baseline, Piece
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.access import PolicyGate
from ormer.stores.monitoring import executions
from ormer.stores.port import Api
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
log = structlog.get_logger("ormer.monitors")

SCHEDULE_TASK = "monitoring_schedule"
TASK = executions.TASK
MERGING, ANALYZING = "merging", "analyzing"
# Times of one transaction.
TIMES_MAX = 50
SESSION_NAME = "SageMaker"
# AWS's words, which people look for.
NO_DATA = "Job inputs had no data"
REASON_CHARACTERS_MAX = 1024
VIOLATED = re.compile(r"CompletedWithViolations\b(?:.*?(\d+) violations?)?", re.DOTALL)


class Unable(Exception):
    """The run cannot go on; the text is its FailureReason."""


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
        position, due = row.facts["position"], []
        following = times.next_after(position)
        while following <= work.now and len(due) < TIMES_MAX:
            due.append(following)
            following = times.next_after(following)
        if not due:
            return Again(at=following)
        wanted = [at for at in due if at >= self._started or self._missed(work, row, at)]
        with work.write() as tx:
            current = resources.get(tx, row.arn)
            if current is None or current.version != row.version:
                return Again(seconds=0)
            for at in wanted:
                executions.begin(tx, current, at, _window(current, at), work.now)
            resources.save(tx, current, {}, now=work.now, facts={"position": due[-1]}, touch=False)
        return Again(at=following)

    def _missed(self, work: Work, row: Row, at: float) -> bool:
        """Whether a time that passed while ormer was down has something to look at."""
        with work.read() as tx:
            run = Row(
                **{
                    **row.__dict__,
                    "facts": {"config": row.document["MonitoringScheduleConfig"], "window": list(_window(row, at))},
                }
            )
            try:
                monitor = definitions.monitor_of(tx, run)
            except NoMonitor:
                return True
        try:
            return bool(self._captured(work, run, monitor, self._destination(work, run, monitor)))
        except (Unable, AwsError):
            return True

    # Runs.

    def run_execution(self, work: Work) -> Again | None:
        """Take the run `work.subject` as far as it goes now."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
            if row is None or row.status in executions.FINAL:
                return None
            before = executions.one_before(tx, row)
        try:
            if row.status == "Stopping":
                return self._stop(work, row)
            phase = row.facts.get("phase", "")
            if phase == MERGING:
                return self._merged(work, row)
            if phase == ANALYZING:
                return self._analyzed(work, row)
            if before is not None:
                return _wait_for(work, before.arn)
            return self._begin(work, row)
        except Unable as reason:
            return _end(work, row, "Failed", {"FailureReason": str(reason)[:REASON_CHARACTERS_MAX]})
        except NoMonitor as reason:
            return _end(work, row, "Failed", {"FailureReason": str(reason)})
        except AwsError as error:
            text = f"{error.code}: {error.message}"[:REASON_CHARACTERS_MAX]
            return _end(work, row, "Failed", {"FailureReason": text})

    def _begin(self, work: Work, row: Row) -> Again | None:
        with work.read() as tx:
            monitor = definitions.monitor_of(tx, row)
        waiting = _baselining(work, row, monitor)
        if waiting is not None:
            return _wait_for(work, waiting)
        destination = self._destination(work, row, monitor)
        found = self._captured(work, row, monitor, destination)
        if not found:
            raise Unable(NO_DATA)
        row.facts["destination"] = destination
        if not requests.needs_labels(monitor):
            return self._analyze(work, row, monitor, _pieces(work, row, monitor, found), 0.0)
        now = max(work.now, row.facts["window"][1])
        _permit(work, row, monitor, monitor.ground_truth)
        labels = captured.hours(work.stores.objects, monitor.ground_truth, "", (row.facts["window"][0], now + 1.0))
        if not labels:
            raise Unable(NO_DATA)
        request = requests.merge(
            monitor,
            row,
            _pieces(work, row, monitor, found),
            _in_pieces(work, row, monitor, [Piece(hour.uri, hour.place) for hour in labels], labels, "groundtruth"),
        )
        facts = {"phase": MERGING, "merge_job": request["ProcessingJobName"], "destination": destination}
        return _start(work, row, request, facts)

    def _merged(self, work: Work, row: Row) -> Again | None:
        """After the merge: the analysis of what it joined."""
        job = _job(work, row, row.facts["merge_job"])
        ended = _unfinished(work, row, job)
        if ended is not None:
            return ended
        if job.status != "Completed":
            return _end_as(work, row, job)
        with work.read() as tx:
            monitor = definitions.monitor_of(tx, row)
        root, place = f"{monitor.output_uri}/merge", requests.merge_place(monitor, row)
        objects, window = work.stores.objects, tuple(row.facts["window"])
        if monitor.endpoint:
            hours = captured.of_endpoint(objects, root, place, (window[0], window[1]))
        else:
            hours = captured.hours(objects, root, place, (window[0], window[1]))
        mine = requests.merge_id(row)
        found = [Hour(one.root, one.place, tuple(key for key in one.keys if mine in key)) for one in hours]
        found = [one for one in found if one.keys]
        if not found:
            raise Unable(NO_DATA)
        pieces = [Piece(key, one.place) for one in found for key in one.keys]
        spent = job.document["ProcessingEndTime"] - job.document.get("ProcessingStartTime", job.created)
        return self._analyze(work, row, monitor, _in_pieces(work, row, monitor, pieces, found, "merged"), spent)

    def _analyze(self, work: Work, row: Row, monitor: Monitor, data: Sequence[Piece], spent: float) -> Again | None:
        config = _configure(work, row, monitor)
        request = requests.analysis(monitor, row, data, _baseline(work, row, monitor), config, spent)
        facts = {
            "phase": ANALYZING,
            "job": request["ProcessingJobName"],
            "destination": row.facts.get("destination", ""),
            "report": requests.report_uri(monitor, row),
        }
        return _start(work, row, request, facts)

    def _analyzed(self, work: Work, row: Row) -> Again | None:
        job = _job(work, row, row.facts["job"])
        ended = _unfinished(work, row, job)
        if ended is not None:
            return ended
        return _end_as(work, row, job)

    def _stop(self, work: Work, row: Row) -> Again | None:
        """Stop the run's job, whose end is the run's end; a run without a job is stopped at once."""
        name = row.facts.get("job") or row.facts.get("merge_job")
        if not name:
            return _end(work, row, "Stopped", {})
        job = _job(work, row, name)
        if job.status in lifecycle(job.kind).final:
            return _end_as(work, row, job)
        if job.status != "Stopping":
            _own(work, row)("sagemaker", "StopProcessingJob", {"ProcessingJobName": name})
        return _wait_for(work, job.arn)

    def _destination(self, work: Work, row: Row, monitor: Monitor) -> str:
        """Where the monitored data are captured."""
        if not monitor.endpoint:
            return str(monitor.source["DataCapturedDestinationS3Uri"])
        api = _own(work, row)
        endpoint = api("sagemaker", "DescribeEndpoint", {"EndpointName": monitor.endpoint})
        config = endpoint.get("DataCaptureConfig")
        if config is None:
            # An endpoint shows its capture when it serves; what it was asked to capture stands in its configuration.
            named = {"EndpointConfigName": endpoint["EndpointConfigName"]}
            config = api("sagemaker", "DescribeEndpointConfig", named).get("DataCaptureConfig")
        if config is None:
            raise Unable(
                f"The endpoint {monitor.endpoint} captures no data. Give it an endpoint configuration with a "
                "DataCaptureConfig."
            )
        return str(config["DestinationS3Uri"])

    def _captured(self, work: Work, row: Row, monitor: Monitor, destination: str) -> list[Hour]:
        """The hours of the run's window that hold data."""
        objects, (start, end) = work.stores.objects, row.facts["window"]
        _permit(work, row, monitor, destination)
        if not monitor.endpoint:
            side = "output" if monitor.type in (MODEL_QUALITY, MODEL_BIAS) else "input"
            return captured.of_transforms(objects, destination, side, (start, end))
        endpoint = _own(work, row)("sagemaker", "DescribeEndpoint", {"EndpointName": monitor.endpoint})
        self._flush(endpoint["EndpointArn"])
        return captured.of_endpoint(objects, destination, monitor.endpoint, (start, end))


def _window(schedule: Row, at: float) -> tuple[float, float]:
    config = schedule.document["MonitoringScheduleConfig"]
    return monitoring_times.window(config, schedule.facts["offsets"], at)


def _own(work: Work, row: Row) -> Api:
    """The operations as the service itself, which makes the run's jobs."""
    return work.port.acting_as(root_identity(row.account), row.region)


def _role(work: Work, row: Row, monitor: Monitor) -> Api:
    """The operations as the monitor's role, for what only that may read."""
    return work.port.acting_as(session_identity(monitor.role_arn, SESSION_NAME), row.region)


def _permit(work: Work, row: Row, monitor: Monitor, uri: str) -> None:
    """Ask the monitor's role whether it may list what lies at an address. Raises AwsError and Unable."""
    try:
        bucket, _ = work.stores.objects.parse_uri(uri)
    except ValueError as error:
        raise Unable(f"ClientError: {error}") from None
    role = session_identity(monitor.role_arn, SESSION_NAME)
    PolicyGate(work.stores).permit(role, row.region, "s3:ListBucket", f"arn:aws:s3:::{bucket}")


def _wait_for(work: Work, arn: str) -> Again:
    with work.write() as tx:
        resources.watch(tx, arn, TASK, work.subject)
    return Again()


def _job(work: Work, row: Row, name: str) -> Row:
    with work.read() as tx:
        found = resources.get(tx, requests.job_arn(row, name))
    assert found is not None, "a run's job is made in the transaction that names it"
    return found


def _start(work: Work, row: Row, request: JsonDict, facts: JsonDict) -> Again:
    """Create the run's next job, watch it, and remember it, in one transaction."""
    arn = requests.job_arn(row, request["ProcessingJobName"])
    with work.write() as tx:
        _own(work, row)("sagemaker", "CreateProcessingJob", request)
        job = resources.get(tx, arn)
        assert job is not None, "it was created in this transaction"
        resources.save(tx, job, {"MonitoringScheduleArn": row.facts["schedule"]}, now=work.now, touch=False)
        executions.move(tx, row.arn, "InProgress", now=work.now, change={"ProcessingJobArn": arn}, facts=facts)
        resources.watch(tx, arn, TASK, row.arn)
    return Again()


def _unfinished(work: Work, row: Row, job: Row) -> Again | None:
    """What to do while a job is not over: show that it is stopping, and wait. None when it is over."""
    if job.status in lifecycle(job.kind).final:
        return None
    with work.write() as tx:
        if job.status == "Stopping" != row.status:
            executions.move(tx, row.arn, "Stopping", now=work.now)
        resources.watch(tx, job.arn, TASK, row.arn)
    return Again()


def _end_as(work: Work, row: Row, job: Row) -> None:
    """End a run as its job ended.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringExecutionSummary.html
    """
    if job.status != "Completed":
        reason = job.document.get("FailureReason") or ("" if job.status == "Stopped" else "The processing job failed.")
        reason = NO_DATA if NO_DATA in reason else reason
        return _end(work, row, job.status, {"FailureReason": reason} if reason else {})
    violated = VIOLATED.match(job.document.get("ExitMessage") or "")
    if violated is None:
        return _end(work, row, "Completed", {})
    count = {"violations": int(violated[1])} if violated[1] else {}
    return _end(work, row, "CompletedWithViolations", {}, count)


def _end(work: Work, row: Row, status: str, change: JsonDict, facts: JsonDict | None = None) -> None:
    with work.write() as tx:
        executions.move(tx, row.arn, status, now=work.now, change=change, facts=facts)


def _baselining(work: Work, row: Row, monitor: Monitor) -> str | None:
    """The ARN of the baselining job that is still to be waited for. Raises Unable when it gives no baseline."""
    name = monitor.baseline.get("BaseliningJobName")
    if not name or monitor.baseline.get("ConstraintsResource", {}).get("S3Uri"):
        return None
    arn = requests.job_arn(row, name)
    with work.read() as tx:
        job = resources.get(tx, arn)
    if job is None:
        raise Unable(f"The baselining job {name} is not there.")
    if job.status not in lifecycle(job.kind).final:
        return arn
    if job.status != "Completed":
        raise Unable(f"The baselining job {name} is {job.status}: it left no baseline.")
    return None


def _baseline(work: Work, row: Row, monitor: Monitor) -> Baseline:
    """The baseline's files: those that are named, else those of the baselining job."""
    found = Baseline()
    name = monitor.baseline.get("BaseliningJobName")
    if name:
        job = _job(work, row, name)
        outputs = job.document.get("ProcessingOutputConfig", {}).get("Outputs") or []
        if outputs and outputs[0].get("S3Output"):
            found = requests.baseline_files(monitor, outputs[0]["S3Output"]["S3Uri"])
    return Baseline(
        monitor.baseline.get("ConstraintsResource", {}).get("S3Uri") or found.constraints,
        monitor.baseline.get("StatisticsResource", {}).get("S3Uri") or found.statistics,
    )


def _pieces(work: Work, row: Row, monitor: Monitor, found: list[Hour]) -> list[Piece]:
    """The captured data as a job's inputs."""
    if monitor.endpoint:
        return _in_pieces(work, row, monitor, [Piece(hour.uri, hour.place) for hour in found], found, "captured")
    keys = captured.keys_of(found)
    if len(keys) <= requests.PIECES_MAX:
        return [Piece(key, str(number), "ManifestFile") for number, key in enumerate(keys, 1)]
    return [_listed(work, row, monitor, _named_by(work, row, monitor, keys), "captured")]


def _in_pieces(
    work: Work, row: Row, monitor: Monitor, pieces: list[Piece], found: list[Hour], name: str
) -> list[Piece]:
    """The pieces themselves where a job can have that many inputs, else one manifest of all objects."""
    if len(pieces) <= requests.PIECES_MAX:
        return pieces
    return [_listed(work, row, monitor, captured.keys_of(found), name)]


def _listed(work: Work, row: Row, monitor: Monitor, uris: list[str], name: str) -> Piece:
    """A manifest of objects, written beside the run's report.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    bucket, _ = work.stores.objects.parse_uri(uris[0])
    prefix = f"s3://{bucket}/"
    if not all(uri.startswith(prefix) for uri in uris):
        raise Unable("The captured data of one window lie in several buckets; a job reads one.")
    manifest = [{"prefix": prefix}, *[uri[len(prefix) :] for uri in uris]]
    uri = f"{requests.report_uri(monitor, row)}/{name}.manifest"
    _write(work, row, monitor, uri, manifest)
    return Piece(uri, "", "ManifestFile")


def _named_by(work: Work, row: Row, monitor: Monitor, manifests: list[str]) -> list[str]:
    """The addresses that batch transforms' manifests name."""
    found = []
    for uri in manifests:
        first, *rest = _read(work, row, monitor, uri)
        found += [first["prefix"] + path for path in rest]
    return list(dict.fromkeys(found))


def _configure(work: Work, row: Row, monitor: Monitor) -> str:
    """The address of Clarify's configuration for this run, written beside its report; "" for other monitors."""
    given = monitor.application.get("ConfigUri")
    if not given:
        return ""
    config = _read(work, row, monitor, given)
    if not isinstance(config, dict):
        raise Unable(f"ClientError: the analysis configuration {given} must be a JSON object.")
    uri = f"{requests.report_uri(monitor, row)}/{requests.CONFIG_FILE}"
    _write(work, row, monitor, uri, requests.completed_config(monitor, config))
    return uri


def _read(work: Work, row: Row, monitor: Monitor, uri: str) -> Any:
    """A JSON object of S3, as the monitor's role. Raises AwsError and Unable."""
    try:
        bucket, key = work.stores.objects.parse_uri(uri)
        body = _role(work, row, monitor)("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"]
        return json.loads(body if isinstance(body, bytes) else b"".join(body))
    except ValueError as error:
        raise Unable(f"ClientError: {uri} cannot be read as JSON: {error}") from None


def _write(work: Work, row: Row, monitor: Monitor, uri: str, document: Any) -> None:
    bucket, key = work.stores.objects.parse_uri(uri)
    body = json.dumps(document).encode()
    _role(work, row, monitor)("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})
