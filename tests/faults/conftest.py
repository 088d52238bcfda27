"""A real server with runtimes that the whole session shares, and what it is asked to run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Live

from ormer.config import Config
from ormer.server import Server

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PYTHON_IMAGE = f"{REGISTRY}/python:3.11"
BUCKET = "faults"
WAIT_SECONDS = 240.0
FOLDER = "/opt/ml/processing/input/code"


@pytest.fixture(scope="session")
def working(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Live]:
    """One server for the faults that leave it unharmed."""
    home = tmp_path_factory.mktemp("faults") / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    live = Live(made)
    live.client("s3").create_bucket(Bucket=BUCKET)
    yield live
    made.stop()


def processing(name: str, **change: Any) -> dict[str, Any]:
    """A CreateProcessingJob request that runs s3://faults/code/NAME.py."""
    place = {"S3Uri": f"s3://{BUCKET}/code/{name}.py", "LocalPath": FOLDER, "S3DataType": "S3Prefix"}
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": PYTHON_IMAGE, "ContainerEntrypoint": ["python3", f"{FOLDER}/{name}.py"]},
        "ProcessingInputs": [{"InputName": "code", "S3Input": {**place, "S3InputMode": "File"}}],
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
        },
        **change,
    }


def ended(describe: Callable[[], dict[str, Any]], member: str) -> dict[str, Any]:
    """What is described once it is over."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = describe()
        if found[member] in ("Completed", "Succeeded", "Failed", "Stopped"):
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not over after {WAIT_SECONDS} seconds: {found}")
