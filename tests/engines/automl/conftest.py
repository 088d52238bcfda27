"""A bench for the AutoML engine: real stores, operations and workers; jobs that say at once what real ones would.

The jobs here are tasks of the kind "job" like the product's. Instead of a sandbox they follow their request: the first
job of an AutoML job writes a schema, training jobs tell every metric of their image. `Bench.endings` says which end
otherwise, by a part of their names.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws import automl_metrics
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.automl import engine
from ormer.engines.pipelines import engine as pipelines
from ormer.engines.tuning import engine as tuning
from ormer.engines.worker import Again, Work, Worker
from ormer.first_run import use_role_arn
from ormer.stores import resources
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = use_role_arn(ACCOUNT)
BUCKET = "automl"
PATIENCE_SECONDS = 300.0
OVER = ("Completed", "Failed", "Stopped")
SCHEMA: JsonDict = {
    "target": "y",
    "problem": automl_metrics.BINARY,
    "classes": ["no", "yes"],
    "rows": {"train": 80, "validation": 20},
    "is_weighted": False,
    "columns": [
        {"name": "a", "type": "numeric", "typical": "1.5"},
        {"name": "b", "type": "categorical", "typical": "red"},
        {"name": "c", "type": "categorical", "typical": "True", "is_flag": True},
    ],
}


class Bench:
    """AutoML jobs made and waited for, in process. schema: what their first job finds."""

    def __init__(self, house: House, clock: ManualClock) -> None:
        self.house, self.clock = house, clock
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)
        self.schema = dict(SCHEMA)
        # {a part of a job's name: the status it ends with, or "never"}
        self.endings: dict[str, str] = {}
        self.trained = 0

    def sagemaker(self, operation: str, **params: Any) -> JsonDict:
        return self.api("sagemaker", operation, params)

    def begin(self, name: str = "auto", mode: str = "HYPERPARAMETER_TUNING", most: int = 2, **request: Any) -> None:
        """Make a job of the first version. limits: further completion criteria. config: further members of it."""
        limits = {"MaxCandidates": most, **request.pop("limits", {})}
        config = {"Mode": mode, "CompletionCriteria": limits, **request.pop("config", {})}
        self.sagemaker(
            "CreateAutoMLJob", AutoMLJobName=name, **{**self.request(), "AutoMLJobConfig": config, **request}
        )

    def request(self) -> JsonDict:
        """A CreateAutoMLJob request without a name."""
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}}
        return {
            "InputDataConfig": [{"DataSource": source, "TargetAttributeName": "y"}],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out/"},
            "RoleArn": ROLE,
        }

    def run(self, name: str = "auto", **request: Any) -> JsonDict:
        """Run a job to its end; returns its description."""
        self.begin(name, **request)
        return self.ended(name)

    def describe(self, name: str = "auto") -> JsonDict:
        return self.sagemaker("DescribeAutoMLJob", AutoMLJobName=name)

    def ended(self, name: str = "auto") -> JsonDict:
        self.until(lambda: self.describe(name)["AutoMLJobStatus"] in OVER)
        return self.describe(name)

    def in_stage(self, status: str, name: str = "auto") -> None:
        """Wait until a job has this secondary status."""
        self.until(lambda: self.describe(name)["AutoMLJobSecondaryStatus"] == status)

    def candidates(self, name: str = "auto", **asked: Any) -> list[JsonDict]:
        return list(self.sagemaker("ListCandidatesForAutoMLJob", AutoMLJobName=name, **asked)["Candidates"])

    def names(self, operation: str, member: str, name: str) -> list[str]:
        """The names that a list answers."""
        return [one[name] for one in self.sagemaker(operation, MaxResults=100)[member]]

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.01)

    def job(self, work: Work) -> Again | None:
        """A job of any kind, over at once unless `endings` says otherwise."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
        assert row is not None
        if row.status in OVER:
            return None
        ends = next((status for part, status in self.endings.items() if part in row.name), "Completed")
        if row.status == "Stopping":
            ends = "Stopped"
        if ends == "never":
            return Again()
        change: JsonDict = {}
        if ends == "Failed":
            change = {"FailureReason": "AlgorithmError: it broke"}
        elif row.kind == "TrainingJob":
            change = {"FinalMetricDataList": self._metrics(row, work.now), "TrainingEndTime": work.now}
        if ends == "Completed":
            self._write_outputs(row)
        with work.write() as tx:
            resources.advance(tx, row.arn, ends, now=work.now, change=change)
        return None

    def _metrics(self, row: Row, now: float) -> list[JsonDict]:
        self.trained += 1
        names = {one["Name"] for one in row.document["AlgorithmSpecification"].get("MetricDefinitions", ())}
        problem = self.schema["problem"]
        for algorithm in (automl_metrics.XGBOOST, automl_metrics.LINEAR):
            names |= {f"validation:{name}" for name in automl_metrics.names_of(algorithm, problem).values()}
        return [{"MetricName": name, "Value": self.trained / 10, "Timestamp": now} for name in sorted(names)]

    def _write_outputs(self, row: Row) -> None:
        """What later jobs look for: the data, the schema, and the features."""
        if row.kind == "TransformJob":
            self._write_data(row.document["TransformOutput"]["S3OutputPath"])
        if "-db-1-" not in row.name:
            return
        outputs = row.document["ProcessingOutputConfig"]["Outputs"]
        uris = {one["OutputName"]: one["S3Output"]["S3Uri"] for one in outputs}
        self._write_data(uris["data"])
        self._put(f"{uris['schema']}/schema.json", json.dumps(self.schema).encode())

    def _write_data(self, uri: str) -> None:
        for part in ("train", "validation"):
            self._put(f"{uri}/{part}/chunk_0.csv", b"yes,1,red\n")

    def _put(self, uri: str, content: bytes) -> None:
        bucket, key = self.house.stores.objects.parse_uri(uri)
        self.api("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content})


def in_service(work: Work) -> Again | None:
    """An endpoint that serves at once."""
    with work.write() as tx:
        resources.advance(tx, work.subject, "InService", now=work.now)
    return None


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock()
    house = build(Config(home=tmp_path / "home"), clock, strict=True)
    made = Bench(house, clock)
    made.api("s3", "CreateBucket", {"Bucket": BUCKET})
    made.api("s3", "PutObject", {"Bucket": BUCKET, "Key": "in/rows.csv", "Body": b"a,b,y\n1,red,yes\n2,blue,no\n"})
    functions = {
        "job": made.job,
        "tuning_job": tuning.run,
        "automl_job": engine.run,
        "pipeline_execution": pipelines.run,
        "endpoint": in_service,
    }
    worker = Worker(house.stores, house.port, functions, 4)
    worker.start()
    yield made
    worker.stop()
    house.stores.close()
