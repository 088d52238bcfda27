"""A bench for the pipelines engine: real stores, operations and workers; jobs that do trivially little, for real.

The jobs here are tasks of the kind "job" like the product's. Instead of a sandbox they follow their own request: a
processing job's Environment (a training job's HyperParameters) says how it ends and which JSON files it leaves in S3.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity, session_identity
from ormer.config import Config
from ormer.engines.pipelines import engine
from ormer.engines.worker import Again, Work, Worker
from ormer.first_run import use_role_arn
from ormer.stores import events, resources

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = use_role_arn(ACCOUNT)
BUCKET = "bench"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
PATIENCE_SECONDS = 60.0
ENDED = ("Succeeded", "Failed", "Stopped")


def trivial_job(work: Work) -> Again | None:
    """Do what the job's own request says: `ends` (Completed, Failed: reason, never) and `leaves` ({uri: document})."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
    assert row is not None
    if row.status in ("Completed", "Failed", "Stopped"):
        return None
    orders = row.document.get("Environment") or row.document.get("HyperParameters") or {}
    if row.status == "Stopping":
        return _end(work, "Stopped", {})
    ends = orders.get("ends", "Completed")
    if ends == "never":
        return Again()
    api = work.port.acting_as(session_identity(row.document.get("RoleArn", ROLE), "job"), row.region)
    for uri, document in json.loads(orders.get("leaves", "{}")).items():
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        api("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": json.dumps(document).encode()})
    change: JsonDict = {"ExitMessage": orders["message"]} if "message" in orders else {}
    if row.kind == "TrainingJob":
        path = row.document["OutputDataConfig"]["S3OutputPath"]
        change["ModelArtifacts"] = {"S3ModelArtifacts": f"{path}/{row.name}/output/model.tar.gz"}
    status, _, reason = ends.partition(": ")
    return _end(work, status, change | ({"FailureReason": reason} if reason else {}))


def _end(work: Work, status: str, change: JsonDict) -> None:
    with work.write() as tx:
        resources.advance(tx, work.subject, status, now=work.now, change=change)


class Bench:
    """Pipelines made, started and waited for, in process."""

    def __init__(self, house: House, worker: Worker) -> None:
        self.house = house
        self.worker = worker
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def sagemaker(self, operation: str, **params: Any) -> JsonDict:
        if operation in TOKENS and "ClientRequestToken" not in params:
            params["ClientRequestToken"] = f"{time.monotonic_ns():040d}"
        return self.api("sagemaker", operation, params)

    def put(self, key: str, document: Any) -> str:
        self.api("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": json.dumps(document).encode()})
        return f"s3://{BUCKET}/{key}"

    def create(self, name: str, steps: list[JsonDict], **top: Any) -> str:
        text = json.dumps({"Version": "2020-12-01", "Parameters": [], **top, "Steps": steps})
        answer = self.sagemaker("CreatePipeline", PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
        return str(answer["PipelineArn"])

    def start(self, name: str, **params: Any) -> str:
        answer = self.sagemaker("StartPipelineExecution", PipelineName=name, **params)
        return str(answer["PipelineExecutionArn"])

    def run(self, steps: list[JsonDict], name: str = "p", start: JsonDict | None = None, **top: Any) -> Ended:
        """Create, start and wait until the execution has ended."""
        self.create(name, steps, **top)
        return self.ended(self.start(name, **(start or {})))

    def describe(self, arn: str) -> JsonDict:
        return self.sagemaker("DescribePipelineExecution", PipelineExecutionArn=arn)

    def steps(self, arn: str) -> dict[str, JsonDict]:
        listed = self.sagemaker("ListPipelineExecutionSteps", PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}

    def ended(self, arn: str) -> Ended:
        self.until(lambda: self.describe(arn)["PipelineExecutionStatus"] in ENDED)
        return Ended(arn, self.describe(arn), self.steps(arn))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    def events(self, detail_type: str) -> list[JsonDict]:
        with self.house.stores.database.read() as tx:
            return [one for one in events.after(tx, 0, 100_000) if one["detail_type"] == detail_type]


class Ended:
    """An ended execution: its description and its steps by name."""

    def __init__(self, arn: str, description: JsonDict, steps: dict[str, JsonDict]) -> None:
        self.arn = arn
        self.description = description
        self.steps = steps
        self.status = description["PipelineExecutionStatus"]

    def statuses(self) -> dict[str, str]:
        return {name: step["StepStatus"] for name, step in self.steps.items()}


TOKENS = frozenset(
    ["CreatePipeline", "DeletePipeline", "StartPipelineExecution", "StopPipelineExecution", "RetryPipelineExecution"]
)


def processing(name: str, *, depends: tuple[str, ...] = (), arguments: JsonDict | None = None, **more: Any) -> JsonDict:
    """A Processing step with one output; `environment` tells the trivial job what to do."""
    environment = more.pop("environment", None)
    step: JsonDict = {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
            },
            "AppSpecification": {"ImageUri": SKLEARN, "ContainerEntrypoint": ["true"]},
            "RoleArn": ROLE,
            "ProcessingOutputConfig": {"Outputs": [output("out", f"s3://{BUCKET}/{name}/out")]},
            **({"Environment": environment} if environment else {}),
            **(arguments or {}),
        },
        **more,
    }
    return step | ({"DependsOn": list(depends)} if depends else {})


def output(name: str, uri: Any) -> JsonDict:
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"},
    }


def training(name: str, *, orders: JsonDict | None = None, **more: Any) -> JsonDict:
    """A Training step; `orders` become hyperparameters that tell the trivial job what to do."""
    return {
        "Name": name,
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "HyperParameters": orders or {"num_round": "5"},
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30},
            "RoleArn": ROLE,
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
        **more,
    }


def condition(name: str, conditions: list[JsonDict], then: list[JsonDict], other: list[JsonDict]) -> JsonDict:
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": conditions, "IfSteps": then, "ElseSteps": other},
    }


def equals(left: Any, right: Any) -> JsonDict:
    return {"Type": "Equals", "LeftValue": left, "RightValue": right}


def fail(name: str, message: Any) -> JsonDict:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def bench_in(home: Path, clock: ManualClock | None = None, threads: int = 8, started: bool = True) -> Bench:
    """A bench whose worker runs, unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0), clock, strict=True)
    functions = {"pipeline_execution": engine.run, "job": trivial_job}
    worker = Worker(house.stores, house.port, functions, threads)
    if started:
        worker.start()
    return Bench(house, worker)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home", clock)
    made.api("s3", "CreateBucket", {"Bucket": BUCKET})
    yield made
    made.worker.stop()
    made.house.stores.close()
