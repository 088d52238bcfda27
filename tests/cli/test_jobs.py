"""What `ormer down` does to running jobs, and an image of one's own that a job then runs on."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from tests.cli.test_cli import Shell

BUCKET = "command-line"
FOLDER = "/opt/ml/processing/input/code"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
WAIT_SECONDS = 240.0
SLOW = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("begun", flush=True)
time.sleep(3)
print("ended by itself", flush=True)
"""


@pytest.fixture
def shell(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = Shell(tmp_path / "home")
    made.home.mkdir(mode=0o700)
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    runtimes = Path(kept) if kept else tmp_path_factory.getbasetemp() / "runtimes"
    runtimes.mkdir(parents=True, exist_ok=True)
    (made.home / "runtimes").symlink_to(runtimes.absolute())
    return made


@pytest.fixture
def up(shell: Shell) -> Iterator[Shell]:
    shell("up", "-d")
    yield shell
    shell("down", "--stop-jobs")


@lru_cache
def root_variables(shell: Shell) -> str:
    """What `ormer env` says of the root key, asked once for a home: it stays the same over restarts."""
    return shell("env", "--root", "--json")


def client(shell: Shell, service: str) -> Any:
    said = json.loads(root_variables(shell))
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=said["AWS_ENDPOINT_URL"],
        aws_access_key_id=said["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=said["AWS_SECRET_ACCESS_KEY"],
        config=ClientConfig(retries={"total_max_attempts": 1}),
    )


def start(shell: Shell, name: str, script: str, image: str = f"{REGISTRY}/python:3.11") -> None:
    s3 = client(shell, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=f"{name}.py", Body=script)
    place = {"S3Uri": f"s3://{BUCKET}/{name}.py", "LocalPath": FOLDER, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    client(shell, "sagemaker").create_processing_job(
        ProcessingJobName=name,
        RoleArn="arn:aws:iam::123456789012:role/SageMakerRole",
        AppSpecification={"ImageUri": image, "ContainerEntrypoint": ["python3", f"{FOLDER}/{name}.py"]},
        ProcessingInputs=[{"InputName": "code", "S3Input": place}],
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
        },
    )


def until(read: Callable[[], Any], met: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = read()
        if met(found):
            return found
        time.sleep(0.1)
    raise TimeoutError(f"still {found}")


def lines(shell: Shell, name: str) -> list[str]:
    logs = client(shell, "logs")
    try:
        found = logs.filter_log_events(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{name}/")
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in found["events"]]


def over(shell: Shell, name: str) -> dict[str, Any]:
    sagemaker = client(shell, "sagemaker")
    read = lambda: sagemaker.describe_processing_job(ProcessingJobName=name)  # noqa: E731
    return dict(until(read, lambda job: job["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped")))


def test_down_lets_running_jobs_go_on_and_the_next_up_collects_them(up: Shell) -> None:
    start(up, "goes-on", SLOW)
    until(lambda: lines(up, "goes-on"), lambda said: said[:1] == ["begun"])
    assert "Jobs that were running go on." in up("down")
    up("up", "-d")
    assert over(up, "goes-on")["ProcessingJobStatus"] == "Completed"
    assert lines(up, "goes-on") == ["begun", "ended by itself"]


def test_down_with_stop_jobs_stops_them(up: Shell) -> None:
    start(up, "stopped", SLOW.replace("sleep(3)", "sleep(600)"))
    until(lambda: lines(up, "stopped"), lambda said: said[:1] == ["begun"])
    assert "Stopping ProcessingJob stopped" in up("down", "--stop-jobs")
    up("up", "-d")
    assert over(up, "stopped")["ProcessingJobStatus"] == "Stopped"
    assert lines(up, "stopped") == ["begun"]


def test_an_added_image_runs_a_job_with_its_own_requirements(up: Shell, tmp_path: Path) -> None:
    wheel, info = tmp_path / "tinypkg-1.0-py3-none-any.whl", "tinypkg-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("tinypkg.py", "WORD = 'of my own'\n")
        packed.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypkg\nVersion: 1.0\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{info}/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"tinypkg @ {wheel.as_uri()}\n")
    image = f"{REGISTRY}/mine:1"
    script = "import tinypkg; print(tinypkg.WORD)"
    with pytest.raises(Exception, match="ormer images add"):
        start(up, "too-early", script, image)
    assert "runs as" in up("images", "add", image, "--requirements", str(requirements))
    start(up, "on-mine", script, image)  # no restart
    assert over(up, "on-mine")["ProcessingJobStatus"] == "Completed"
    assert lines(up, "on-mine") == ["of my own"]
