"""A house whose jobs are real: stores, port, worker and jobs engine, with runtimes that the whole session shares."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ormer.aws.clock import WallClock
from ormer.aws.identities import root_identity
from ormer.aws.lifecycles import lifecycle
from ormer.aws.models import Models
from ormer.config import Config
from ormer.engines.jobs import programs_folder
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.engine import TASK, JobsEngine
from ormer.engines.jobs.instances import Machine, this_machine
from ormer.engines.worker import Worker
from ormer.first_run import settle
from ormer.services.registry import Services
from ormer.stores import tasks
from ormer.stores.access import PolicyGate
from ormer.stores.port import Port
from ormer.stores.stores import Stores, open_stores

JsonDict = dict[str, Any]
BUCKET = "data-of-jobs"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PYTHON_IMAGE = f"{REGISTRY}/python:3.11"
WAIT_SECONDS = 240.0


@dataclass
class Shop:
    """What a test talks to. `call` answers an operation of SageMaker or another service as root."""

    config: Config
    stores: Stores
    port: Port
    engine: JobsEngine
    worker: Worker
    names: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def call(self, operation: str, params: JsonDict, service: str = "sagemaker") -> JsonDict:
        return self.port.call(root_identity(self.config.account), self.config.region, service, operation, params)

    def put(self, key: str, data: bytes | str) -> str:
        """Store an object; returns its address."""
        self.stores.objects.put_bytes(BUCKET, key, data.encode() if isinstance(data, str) else data)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> bytes:
        return self.stores.objects.read_bytes(*self.stores.objects.parse_uri(uri))

    def keys(self, prefix: str = "") -> list[str]:
        return [found.key for found in self.stores.objects.list(BUCKET, prefix)]

    def wait(self, kind: str, name: str) -> JsonDict:
        """The job's document once it is over."""
        return self.until(kind, name, lambda job: job[f"{kind}Status"] in lifecycle(kind).final)

    def until(self, kind: str, name: str, met: Callable[[JsonDict], bool]) -> JsonDict:
        """The job's document once it meets a condition; TimeoutError when it takes too long."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            job = self.call(f"Describe{kind}", {f"{kind}Name": name})
            if met(job):
                return job
            time.sleep(0.01)
        raise TimeoutError(f"{kind} {name} is {job[f'{kind}Status']} after {WAIT_SECONDS} seconds: {job}")

    def process(self, script: str, name: str = "", **request: Any) -> JsonDict:
        """Run a Python script as a processing job to its end."""
        return self.wait("ProcessingJob", self.start_processing(script, name, **request))

    def start_processing(self, script: str, name: str = "", **request: Any) -> str:
        name = name or f"processing-{next(self.names)}"
        folder = "/opt/ml/processing/script"
        place = {"S3Uri": self.put(f"scripts/{name}.py", script), "LocalPath": folder, "S3DataType": "S3Prefix"}
        code = {"InputName": "script", "S3Input": {**place, "S3InputMode": "File"}}
        full = {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": PYTHON_IMAGE, "ContainerEntrypoint": ["python3", f"{folder}/{name}.py"]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            **request,
            "ProcessingInputs": [code, *request.get("ProcessingInputs", [])],
        }
        self.call("CreateProcessingJob", full)
        return name

    def train(self, image: str, name: str = "", **request: Any) -> JsonDict:
        """Run a training job to its end."""
        return self.wait("TrainingJob", self.start_training(image, name, **request))

    def start_training(self, image: str, name: str = "", **request: Any) -> str:
        name = name or f"training-{next(self.names)}"
        algorithm = {"TrainingImage": image, "TrainingInputMode": "File", **request.pop("AlgorithmSpecification", {})}
        full = {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": algorithm,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **request,
        }
        self.call("CreateTrainingJob", full)
        return name

    def log(self, kind: str, name: str) -> list[tuple[str, str]]:
        """(stream, line) of everything in the job's streams, in order."""
        import sqlalchemy as sa

        from ormer.stores.tables import log_events, log_streams

        with self.stores.database.read() as tx:
            rows = tx.all(
                sa.select(log_streams.c.stream, log_events.c.message)
                .join(log_events, log_events.c.stream_id == log_streams.c.id)
                .where(log_streams.c.group == f"/aws/sagemaker/{kind}s", log_streams.c.stream.startswith(f"{name}/"))
                .order_by(log_streams.c.stream, log_events.c.id)
            )
        return [(row["stream"], row["message"]) for row in rows]

    def stop(self) -> None:
        self.worker.stop()
        self.engine.stop()
        self.stores.close()


def open_shop(home: Path, machine: Machine | None = None, endpoint: str = "http://127.0.0.1:4590") -> Shop:
    """A started house on `home`; call `stop` at the end. What an earlier one left under way goes on."""
    config = Config(home=home, port=0, tls_port=0)
    stores = open_stores(home, config.database_url, WallClock())
    settle(stores, config)
    if stores.objects.find_bucket(BUCKET) is None:
        stores.objects.create_bucket(BUCKET, config.account, config.region)
    port = Port(stores, Services(), PolicyGate(stores), Models(), strict=True)
    engine = JobsEngine(stores, port, Surroundings(endpoint, machine or this_machine(), programs_folder()))
    worker = Worker(stores, port, {TASK: engine.run})
    with stores.database.write() as tx:
        tasks.release_all(tx)
    engine.start()
    worker.start()
    return Shop(config, stores, port, engine, worker)


@pytest.fixture
def home(tmp_path: Path, runtimes: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    return home


@pytest.fixture
def shop(home: Path) -> Iterator[Shop]:
    made = open_shop(home)
    yield made
    made.stop()
