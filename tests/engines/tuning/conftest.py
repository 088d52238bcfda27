"""A bench for the tuning engine: real stores, operations and workers; training jobs that compute their loss at once.

The jobs here are tasks of the kind "job" like the product's. Instead of a sandbox they follow their hyperparameters:
the loss of `x` and `kind` is written as the job's last metric, `ends` says how a job ends, and `tells` how many epochs
it tells of before that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.pipelines import engine as pipelines
from ormer.engines.tuning import engine
from ormer.engines.worker import Again, Work, Worker
from ormer.first_run import use_role_arn
from ormer.stores import metrics, resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = use_role_arn(ACCOUNT)
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
BEST_X = 0.3
PATIENCE_SECONDS = 60.0
OVER = ("Completed", "Failed", "Stopped")


def trivial_training(work: Work) -> Again | None:
    """A training job whose loss is how far its `x` is from the best, more with every `kind` but `good`."""
    with work.read() as tx:
        row = resources.get(tx, work.subject)
    assert row is not None
    if row.status in OVER:
        return None
    given = row.document["HyperParameters"]
    ends = "Stopped" if row.status == "Stopping" else given.get("ends", "Completed")
    loss = abs(float(given.get("x", BEST_X)) - BEST_X) + (0.0 if given.get("kind", "good") == "good" else 1.0)
    if "tells" in given and row.status == "InProgress" and "told" not in row.facts:
        with work.write() as tx:
            _tell(tx, work, row, loss, int(given["tells"]))
    if ends == "never":
        return Again()
    metric = {"MetricName": "loss", "Value": loss, "Timestamp": work.now}
    is_told = "silent" not in given and (ends == "Completed" or "tells" in given)
    change = {"FinalMetricDataList": [metric]} if is_told else {}
    with work.write() as tx:
        resources.advance(tx, work.subject, ends, now=work.now, change=change)
    return None


def _tell(tx: Tx, work: Work, row: Row, loss: float, epochs: int) -> None:
    who = [{"Name": metrics.TRAINING_JOB, "Value": row.name}]
    for _ in range(epochs):
        metrics.put(tx, row.account, row.region, metrics.TRAINING_JOBS, "loss", loss, work.now, who)
    resources.save(tx, row, {}, now=work.now, facts={**row.facts, "told": True})


class Bench:
    """Tuning jobs made and waited for, in process."""

    def __init__(self, house: House, clock: ManualClock) -> None:
        self.house, self.clock = house, clock
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def sagemaker(self, operation: str, **params: Any) -> JsonDict:
        return self.api("sagemaker", operation, params)

    def tune(self, name: str = "tune", **request: Any) -> JsonDict:
        """Run a tuning job to its end; returns its description."""
        self.sagemaker("CreateHyperParameterTuningJob", HyperParameterTuningJobName=name, **request)
        return self.ended(name)

    def describe(self, name: str = "tune") -> JsonDict:
        return self.sagemaker("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=name)

    def ended(self, name: str = "tune") -> JsonDict:
        self.until(lambda: self.describe(name)["HyperParameterTuningJobStatus"] in OVER)
        return self.describe(name)

    def trials(self, name: str = "tune", **request: Any) -> list[JsonDict]:
        asked = {"HyperParameterTuningJobName": name, "MaxResults": 100, **request}
        listed = self.sagemaker("ListTrainingJobsForHyperParameterTuningJob", **asked)["TrainingJobSummaries"]
        return list(listed)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.01)


def definition(**fixed: str) -> JsonDict:
    """What each training job is made of; `fixed` are its static hyperparameters."""
    return {
        "AlgorithmSpecification": {
            "TrainingImage": SKLEARN,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **({"StaticHyperParameters": fixed} if fixed else {}),
    }


def config(strategy: str, most: int | None, ranges: JsonDict | None = None, **more: Any) -> JsonDict:
    """A HyperParameterTuningJobConfig that minimizes the loss of `x`, two jobs at a time."""
    x = {"Name": "x", "MinValue": "0", "MaxValue": "1"}
    limits = {"MaxParallelTrainingJobs": 2, **({"MaxNumberOfTrainingJobs": most} if most else {})}
    return {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": {**limits, **more.pop("limits", {})},
        "ParameterRanges": ranges or {"ContinuousParameterRanges": [x]},
        **more,
    }


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock()
    house = build(Config(home=tmp_path / "home"), clock, strict=True)
    functions = {"job": trivial_training, "tuning_job": engine.run, "pipeline_execution": pipelines.run}
    worker = Worker(house.stores, house.port, functions, 4)
    worker.start()
    yield Bench(house, clock)
    worker.stop()
    house.stores.close()
