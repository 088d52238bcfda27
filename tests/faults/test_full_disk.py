"""A full disk: whoever asked is told so, what was acknowledged stays, and with space everything goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError
from tests.faults.conftest import BUCKET, ended, processing

SERVER = Path(__file__).with_name("small_disk_server.py")
NAMESPACE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
CLEARED_SECONDS = 60
GREEDY = """
with open("/opt/ml/processing/out.bin", "wb") as file:
    while True:
        file.write(bytes(1 << 20))
        file.flush()
"""


class SmallDisk:
    """A server on a disk of 160 MB, and clients of it."""

    def __init__(self, process: subprocess.Popen[str], home: Path) -> None:
        self._process = process
        # The disk is mounted for the server only.
        self._jobs = Path(f"/proc/{process.pid}/root{home}/jobs")
        assert process.stdout is not None
        self._endpoint, self._key, self._secret = json.loads(process.stdout.readline())

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self._endpoint,
            aws_access_key_id=self._key,
            aws_secret_access_key=self._secret,
            config=ClientConfig(retries={"total_max_attempts": 1}),
        )

    def cleared(self) -> None:
        """Wait until the folders of jobs that are over are gone: they go after the last status."""
        deadline = time.monotonic() + CLEARED_SECONDS
        while [folder for folder in self._jobs.iterdir() if folder.name != "starts"]:
            assert time.monotonic() < deadline, "the folder of a job that is over stays"
            time.sleep(0.05)

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"


@pytest.fixture
def disk(tmp_path: Path, runtimes: Path) -> Iterator[SmallDisk]:
    if subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "none", str(tmp_path)], capture_output=True).returncode:
        pytest.skip("this kernel lets nobody mount a small disk in a namespace of their own")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    command = [*NAMESPACE, sys.executable, str(SERVER), str(home), str(runtimes)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": (tmp_path / "log").open("w")}
    with subprocess.Popen(command, text=True, **pipes) as process:
        made = SmallDisk(process, home)
        made.client("s3").create_bucket(Bucket=BUCKET)
        yield made
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(60)


def run(disk: SmallDisk, name: str) -> dict[str, Any]:
    sagemaker = disk.client("sagemaker")
    sagemaker.create_processing_job(**processing(name))
    return ended(lambda: sagemaker.describe_processing_job(ProcessingJobName=name), "ProcessingJobStatus")


def experiments_until_refused(sagemaker: Any) -> set[str]:
    """The names that were acknowledged: rows find room in the journal for a while."""
    names: set[str] = set()
    while True:
        name = f"e{len(names)}"
        try:
            sagemaker.create_experiment(ExperimentName=name, Description="x" * 3000)
        except ClientError as refused:
            if "The disk is full" in str(refused):
                return names
            raise
        names.add(name)


def test_a_job_that_fills_the_disk_fails_and_names_it_and_the_next_one_runs(disk: SmallDisk) -> None:
    s3 = disk.client("s3")
    s3.put_object(Bucket=BUCKET, Key="code/greedy.py", Body=GREEDY)
    s3.put_object(Bucket=BUCKET, Key="code/modest.py", Body="print('enough')")
    job = run(disk, "greedy")
    assert job["ProcessingJobStatus"] == "Failed"
    assert "the disk is full (No space left on device)" in job["FailureReason"]
    disk.cleared()
    next_one = run(disk, "modest")
    assert next_one["ProcessingJobStatus"] == "Completed", next_one.get("FailureReason")


def test_a_write_on_a_full_disk_is_refused_and_what_was_acknowledged_stays(disk: SmallDisk) -> None:
    s3, sagemaker = disk.client("s3"), disk.client("sagemaker")
    s3.put_object(Bucket=BUCKET, Key="before", Body=b"kept")
    s3.put_object(Bucket=BUCKET, Key="code/modest.py", Body="print('enough')")
    disk.tell("fill")
    with pytest.raises(ClientError, match="The disk is full") as refused:
        s3.put_object(Bucket=BUCKET, Key="torn", Body=bytes(1 << 20))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    acknowledged = experiments_until_refused(sagemaker)
    disk.tell("free")
    assert s3.get_object(Bucket=BUCKET, Key="before")["Body"].read() == b"kept"
    with pytest.raises(ClientError):
        s3.head_object(Bucket=BUCKET, Key="torn")
    pages = sagemaker.get_paginator("list_experiments").paginate()
    assert {each["ExperimentName"] for page in pages for each in page["ExperimentSummaries"]} == acknowledged
    s3.put_object(Bucket=BUCKET, Key="torn", Body=b"whole")
    disk.cleared()
    next_one = run(disk, "modest")
    assert next_one["ProcessingJobStatus"] == "Completed", next_one.get("FailureReason")


def test_a_job_without_room_to_start_fails_and_names_the_disk(disk: SmallDisk) -> None:
    s3 = disk.client("s3")
    s3.put_object(Bucket=BUCKET, Key="code/late.py", Body="print('never')")
    s3.put_object(Bucket=BUCKET, Key="ballast", Body=bytes(90 << 20))
    job = run(disk, "late")
    assert job["ProcessingJobStatus"] == "Failed"
    assert "the disk is full" in job["FailureReason"]
    assert "Free some space, or move ORMER_HOME" in job["FailureReason"]
