"""A bench for the monitors engine: real stores, operations and worker on a calendar that tests move.

The jobs here are tasks of the kind "job" like the product's. Instead of a sandbox they follow what their monitor's
Environment says: how they end, with which message. Endpoints are never served: what they captured lies in S3, as
hosting lays it there.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock, iso_seconds
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.monitors.engine import SCHEDULE_TASK, TASK, MonitorsEngine
from ormer.engines.worker import Again, Work, Worker
from ormer.first_run import use_role_arn
from ormer.stores import events, resources

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = use_role_arn(ACCOUNT)
BUCKET = "monitored"
CAPTURED = f"s3://{BUCKET}/capture"
REPORTS = f"s3://{BUCKET}/reports"
REGISTRY = "156813124566.dkr.ecr.us-east-1.amazonaws.com"
ANALYZER = f"{REGISTRY}/sagemaker-model-monitor-analyzer"
CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
PYTHON = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
HOURLY = "cron(0 * ? * * *)"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
PATIENCE_SECONDS = 60.0
FINE = "Completed: Job completed successfully with no violations."
VIOLATED = "CompletedWithViolations: Job completed successfully with 3 violations."


def obedient_job(work: Work) -> Again | None:
    """End as the job's own Environment says: `ends` (Completed, Failed: reason, never) with `message`."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
    assert row is not None
    if row.status in ("Completed", "Failed", "Stopped"):
        return None
    orders = row.document.get("Environment", {})
    if row.status == "Stopping":
        return _over(work, "Stopped", {})
    ends = orders.get("ends", "Completed")
    if ends == "never":
        return Again()
    status, _, reason = ends.partition(": ")
    change = {"FailureReason": reason} if reason else {"ExitMessage": orders.get("message", FINE)}
    return _over(work, status, change)


def _over(work: Work, status: str, change: JsonDict) -> None:
    times = {"ProcessingStartTime": work.now, "ProcessingEndTime": work.now}
    with work.write() as tx:
        resources.advance(tx, work.subject, status, now=work.now, change={**times, **change})


def record(moment: float, data: str = "1,2", answer: str = "0.5", inference_id: str = "") -> JsonDict:
    """A line of data capture."""
    named = {"inferenceId": inference_id} if inference_id else {}
    sides = {
        name: {"observedContentType": "text/csv", "mode": mode, "data": text, "encoding": "CSV"}
        for name, mode, text in (("endpointInput", "INPUT", data), ("endpointOutput", "OUTPUT", answer))
    }
    metadata = {"eventId": str(uuid.uuid4()), **named, "inferenceTime": iso_seconds(moment)}
    return {"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"}


def label(event_id: str, data: str) -> JsonDict:
    """A line of ground truth."""
    truth = {"data": data, "encoding": "CSV"}
    return {"groundTruthData": truth, "eventMetadata": {"eventId": event_id}, "eventVersion": "0"}


def hour_of(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y/%m/%d/%H")


class Bench:
    """Monitors made, and their runs waited for, in process."""

    def __init__(self, house: House, worker: Worker, clock: ManualClock) -> None:
        self.house = house
        self.worker = worker
        self.clock = clock
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def sagemaker(self, operation: str, **params: Any) -> JsonDict:
        return self.api("sagemaker", operation, params)

    def put(self, uri: str, content: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.api("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content.encode()})
        return uri

    def lines(self, uri: str, records: list[JsonDict]) -> str:
        return self.put(uri, "".join(json.dumps(one) + "\n" for one in records))

    def read(self, uri: str) -> bytes:
        return self.house.stores.objects.read_bytes(*self.house.stores.objects.parse_uri(uri))

    def endpoint(self, name: str = "shop", capture: bool = True) -> str:
        """An endpoint that nobody serves here, with a configuration that captures."""
        container = {"Image": PYTHON, "ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"}
        self.sagemaker("CreateModel", ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
        variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1}
        capturing = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": CAPTURED,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        }
        more = {"DataCaptureConfig": capturing} if capture else {}
        self.sagemaker(
            "CreateEndpointConfig",
            EndpointConfigName=name,
            ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
            **more,
        )
        self.sagemaker("CreateEndpoint", EndpointName=name, EndpointConfigName=name)
        return name

    def capture(self, moment: float, *records: JsonDict, endpoint: str = "shop", variant: str = "AllTraffic") -> str:
        """Lay captured records where hosting would at this moment."""
        file = f"{datetime.fromtimestamp(moment, UTC):%M-%S}-000-{uuid.uuid4()}.jsonl"
        return self.lines(
            f"{CAPTURED}/{endpoint}/{variant}/{hour_of(moment)}/{file}", list(records) or [record(moment)]
        )

    def define(self, monitor: str = "DataQuality", name: str = "definition", **more: Any) -> str:
        """Create a job definition of an endpoint; `orders` tell the obedient job what to do."""
        self.sagemaker(f"Create{monitor}JobDefinition", **definition(monitor, name, **more))
        return name

    def schedule(
        self, name: str = "hourly", expression: str = HOURLY, monitor: str = "DataQuality", **more: Any
    ) -> str:
        config: JsonDict = {
            "ScheduleConfig": {"ScheduleExpression": expression, **more.pop("offsets", {})},
            "MonitoringJobDefinitionName": more.pop("definition", "definition"),
            "MonitoringType": monitor,
        }
        self.sagemaker("CreateMonitoringSchedule", MonitoringScheduleName=name, MonitoringScheduleConfig=config, **more)
        return name

    def runs(self, **filters: Any) -> list[JsonDict]:
        """All runs, the newest first."""
        found: list[JsonDict] = []
        token: JsonDict = {}
        while True:
            page = self.sagemaker("ListMonitoringExecutions", MaxResults=100, **filters, **token)
            found += page["MonitoringExecutionSummaries"]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    def ended(self, count: int = 1, **filters: Any) -> list[JsonDict]:
        """The runs, when so many are there and all are over; the newest first."""
        over = ("Completed", "CompletedWithViolations", "Failed", "Stopped")

        def done() -> bool:
            runs = self.runs(**filters)
            return len(runs) >= count and all(run["MonitoringExecutionStatus"] in over for run in runs)

        self.until(done)
        return self.runs(**filters)

    def job(self, run: JsonDict) -> JsonDict:
        name = run["ProcessingJobArn"].rsplit("/", 1)[-1]
        return self.sagemaker("DescribeProcessingJob", ProcessingJobName=name)

    def jobs(self, part: str = "") -> list[str]:
        listed = self.sagemaker("ListProcessingJobs", MaxResults=100, NameContains=part or "-")
        return [one["ProcessingJobName"] for one in listed["ProcessingJobSummaries"]]

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait until it holds; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    def settled(self) -> None:
        """Wait until nothing is due any more."""
        self.until(self.worker.idle)

    def events(self, detail_type: str) -> list[JsonDict]:
        with self.house.stores.database.read() as tx:
            return [one for one in events.after(tx, 0, 100_000) if one["detail_type"] == detail_type]


def definition(monitor: str, name: str, **more: Any) -> JsonDict:
    """A Create…JobDefinition request. orders: the job's Environment. source: of its EndpointInput; input: in its place.

    application: further members of its AppSpecification.
    """
    application: JsonDict = {
        "ImageUri": more.pop("image", CLARIFY if monitor in ("ModelBias", "ModelExplainability") else ANALYZER),
        "Environment": more.pop("orders", {}),
        **more.pop("application", {}),
    }
    source = {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint", **more.pop("source", {})}
    given = more.pop("input", {"EndpointInput": source})
    output = {"S3Output": {"S3Uri": REPORTS, "LocalPath": "/opt/ml/processing/output"}}
    request: JsonDict = {
        "JobDefinitionName": name,
        f"{monitor}AppSpecification": application,
        f"{monitor}JobInput": given,
        f"{monitor}JobOutputConfig": {"MonitoringOutputs": [output]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        "RoleArn": ROLE,
        **more,
    }
    return request


def bench_in(home: Path, clock: ManualClock, threads: int = 8, started: bool = True) -> Bench:
    """A bench whose worker runs, unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0), clock, strict=True)
    monitors = MonitorsEngine(clock, house.captures.flush)
    functions = {SCHEDULE_TASK: monitors.run_schedule, TASK: monitors.run_execution, "job": obedient_job}
    worker = Worker(house.stores, house.port, functions, threads)
    if started:
        worker.start()
    return Bench(house, worker, clock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home", clock)
    made.api("s3", "CreateBucket", {"Bucket": BUCKET})
    yield made
    made.worker.stop()
    made.house.stores.close()
