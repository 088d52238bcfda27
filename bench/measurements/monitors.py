"""What a monitoring execution adds to its analysis: from the schedule's hour to the execution's end, less the analyzer.

The whole house works in this process, without HTTP. Its calendar goes like the machine's; once all is made it is put to
just before an hour, so that an hourly schedule fires as it does for people: nobody asks for the run.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import ACCOUNT, REGION, ROLE, fresh_home
from ormer.app import House, build
from ormer.aws.clock import iso_seconds
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.stores.port import Api

RUNS = 3
LINES = 1000
HOUR = 3600.0
# Before the hour. The worker looks once a second at a calendar that was put.
LEAD_SECONDS = 3.0
PATIENCE_SECONDS = 300.0
IMAGE = f"156813124566.dkr.ecr.{REGION}.amazonaws.com/sagemaker-model-monitor-analyzer"
GOAL = "≤ 1 s"
OVER = ("Completed", "CompletedWithViolations", "Failed", "Stopped")


class Calendar:
    """The machine's calendar, somewhere else."""

    def __init__(self, start: float) -> None:
        self.put(start)

    def put(self, to: float) -> None:
        self._ahead = to - time.time()

    def now(self) -> float:
        return time.time() + self._ahead

    def seconds_until(self, at: float) -> float:
        return max(0.0, at - self.now())


def measure(peers: Peers) -> list[Result]:
    """A run to warm up (it builds the runtime), then runs to measure, each of a server that was just started."""
    overheads, wholes, late, analyses = [], [], [], []
    with fresh_home() as home:
        for number in range(RUNS + 1):
            scheduled, execution, job = _run(home, number)
            if number:
                analysis = job["ProcessingEndTime"] - job["ProcessingStartTime"]
                wholes.append(execution["LastModifiedTime"] - scheduled)
                overheads.append(wholes[-1] - analysis)
                late.append(execution["CreationTime"] - scheduled)
                analyses.append(analysis)
    how = (
        f"from the hour to the execution's end, less the job's ProcessingStartTime to ProcessingEndTime; {LINES:,}"
        f" captured lines. Began after {max(late) * 1000:.0f} ms at most, analyzed in {min(analyses):.2f} s at least"
    )
    whole = "from the hour to the execution's end; the job's sandbox and the collecting of its outputs are in it"
    return [
        Figure("monitoring execution beyond the analysis", "s", overheads, how, GOAL),
        Figure("monitoring execution, all of it", "s", wholes, whole),
    ]


def _run(home: Path, number: int) -> tuple[float, dict[str, Any], dict[str, Any]]:
    """(the hour, the execution that ended, its job): one hour of a house of its own, hours that follow each other."""
    hour = (time.time() // HOUR + 10 + number) * HOUR
    clock = Calendar(hour - HOUR / 4)
    house = build(Config(home=home, port=0, tls_port=0), clock)
    house.start()
    try:
        api = house.port.acting_as(root_identity(ACCOUNT), REGION)
        if number == 0:
            _prepare(api)
        _capture(house, api, number, hour - HOUR / 2)
        name = f"hourly-{number}"
        config = {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "definition",
            "MonitoringType": "DataQuality",
        }
        api(
            "sagemaker",
            "CreateMonitoringSchedule",
            {"MonitoringScheduleName": name, "MonitoringScheduleConfig": config},
        )
        asked = {"MonitoringScheduleName": name}
        clock.put(hour - LEAD_SECONDS)
        run = _awaited(lambda: _ended(api, asked))
        if run["MonitoringExecutionStatus"] in ("Failed", "Stopped"):
            raise RuntimeError(f"the monitoring execution failed: {run.get('FailureReason')}")
        job = api(
            "sagemaker",
            "DescribeProcessingJob",
            {"ProcessingJobName": run["ProcessingJobArn"].rpartition("/")[2]},
        )
        api("sagemaker", "DeleteMonitoringSchedule", asked)
        return hour, run, job
    finally:
        house.stop()


def _ended(api: Api, asked: dict[str, Any]) -> dict[str, Any] | None:
    found = api("sagemaker", "ListMonitoringExecutions", asked)["MonitoringExecutionSummaries"]
    return next((one for one in found if one["MonitoringExecutionStatus"] in OVER), None)


def _awaited(ask: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := ask()) is None:
        if time.monotonic() > deadline:
            raise RuntimeError("no monitoring execution came to its end")
        time.sleep(0.5)
    return found


def _prepare(api: Api) -> None:
    """An endpoint that captures (nobody serves it), and what is to be looked at."""
    api("s3", "CreateBucket", {"Bucket": "monitored"})
    container = {
        "Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/python:3.11",
        "ModelDataUrl": "s3://monitored/none",
    }
    api("sagemaker", "CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container})
    variant = {"VariantName": "AllTraffic", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://monitored/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    config = {"EndpointConfigName": "c", "ProductionVariants": [variant], "DataCaptureConfig": capture}
    api("sagemaker", "CreateEndpointConfig", config)
    api("sagemaker", "CreateEndpoint", {"EndpointName": "shop", "EndpointConfigName": "c"})
    output = {"S3Output": {"S3Uri": "s3://monitored/reports", "LocalPath": "/opt/ml/processing/output"}}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
    api(
        "sagemaker",
        "CreateDataQualityJobDefinition",
        {
            "JobDefinitionName": "definition",
            "DataQualityAppSpecification": {"ImageUri": IMAGE},
            "DataQualityJobInput": {
                "EndpointInput": {"EndpointName": "shop", "LocalPath": "/opt/ml/processing/input/endpoint"}
            },
            "DataQualityJobOutputConfig": {"MonitoringOutputs": [output]},
            "JobResources": {"ClusterConfig": cluster},
            "RoleArn": ROLE,
        },
    )


def _capture(house: House, api: Api, number: int, moment: float) -> None:
    """Lay captured lines where hosting lays them."""
    lines = []
    for row in range(LINES):
        sides = {
            side: {"observedContentType": "text/csv", "mode": mode, "data": text, "encoding": "CSV"}
            for side, mode, text in (
                ("endpointInput", "INPUT", f"{row},{row / 7:.3f}"),
                ("endpointOutput", "OUTPUT", f"{row / 3:.3f}"),
            )
        }
        about = {"eventId": str(uuid.uuid4()), "inferenceTime": iso_seconds(moment)}
        lines.append(json.dumps({"captureData": sides, "eventMetadata": about, "eventVersion": "0"}))
    folder = datetime.fromtimestamp(moment, UTC).strftime("%Y/%m/%d/%H")
    key = f"capture/shop/AllTraffic/{folder}/30-00-000-{uuid.uuid4()}.jsonl"
    body = ("\n".join(lines) + "\n").encode()
    api("s3", "PutObject", {"Bucket": "monitored", "Key": key, "Body": body})
