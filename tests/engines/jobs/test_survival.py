"""The server is killed in the middle of jobs: they go on, are found again, run once, and lose nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engines.jobs.conftest import BUCKET, PYTHON_IMAGE, Shop, open_shop

from ormer.stores import resources

SERVER = Path(__file__).with_name("server_process.py")
OUTPUT = {
    "Outputs": [
        {
            "OutputName": "train",
            "S3Output": {
                "S3Uri": f"s3://{BUCKET}/out",
                "LocalPath": "/opt/ml/processing/train",
                "S3UploadMode": "EndOfJob",
            },
        }
    ]
}
SCRIPT = """
import pathlib, time
for number in range(40):
    print("line", number, flush=True)
    time.sleep(0.05)
pathlib.Path("/opt/ml/processing/train/done.txt").write_text("done")
"""


@contextmanager
def killed_server(home: Path) -> Iterator[None]:
    """A server process on `home` for the block, then kill -9."""
    process = subprocess.Popen([sys.executable, str(SERVER), str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def starts(home: Path, job: str) -> list[dict[str, object]]:
    path = home / "jobs" / "starts"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if line["job"] == job]


def quiet_shop(home: Path) -> Shop:
    """A house whose worker and engine rest: it only stores what is asked of it."""
    shop = open_shop(home)
    shop.worker.stop()
    shop.engine.stop()
    return shop


@pytest.mark.parametrize("lines_before", [0, 1, 20])
def test_a_job_outlives_a_killed_server_and_is_found_again(home: Path, lines_before: int) -> None:
    front = quiet_shop(home)
    name = front.start_processing(SCRIPT, name="survivor", ProcessingOutputConfig=OUTPUT)
    with killed_server(home):
        arn = front.call("DescribeProcessingJob", {"ProcessingJobName": name})["ProcessingJobArn"]

        def running() -> bool:
            with front.stores.database.read() as tx:
                row = resources.get(tx, arn)
            return row is not None and row.facts.get("phase") == "running"

        front.until("ProcessingJob", name, lambda job: running())
        front.until("ProcessingJob", name, lambda job: len(front.log("ProcessingJob", name)) >= lines_before)
    front.stores.close()
    again = open_shop(home)
    try:
        job = again.wait("ProcessingJob", name)
        assert job["ProcessingJobStatus"] == "Completed", job
        assert [line for _, line in again.log("ProcessingJob", name)] == [f"line {number}" for number in range(40)]
        assert again.get(f"s3://{BUCKET}/out/done.txt") == b"done"
        assert len(starts(home, name)) == 1
    finally:
        again.stop()


def test_a_server_killed_again_and_again_still_ends_every_job_once(home: Path) -> None:
    front = quiet_shop(home)
    script = "import os; open('/opt/ml/processing/train/' + os.environ['PROCESSING_JOB_NAME'], 'w').write('x')"
    names = [front.start_processing(script, name=f"short-{n}", ProcessingOutputConfig=OUTPUT) for n in range(6)]
    for pause in (0.0, 0.1, 0.25, 0.45):
        with killed_server(home):
            time.sleep(pause)
    front.stores.close()
    again = open_shop(home)
    try:
        for name in names:
            assert again.wait("ProcessingJob", name)["ProcessingJobStatus"] == "Completed"
            assert len(starts(home, name)) == 1
            again.get(f"s3://{BUCKET}/out/{name}")
            component = again.call("DescribeTrialComponent", {"TrialComponentName": f"{name}-aws-processing-job"})
            assert component["Status"]["PrimaryStatus"] == "Completed"
    finally:
        again.stop()


def test_a_job_that_ended_while_no_server_ran_is_collected_at_the_next_start(home: Path) -> None:
    front = quiet_shop(home)
    name = front.start_processing("print('short', flush=True)", name="alone")
    with killed_server(home):
        front.until("ProcessingJob", name, lambda job: (home / "jobs" / "starts").exists())
    time.sleep(1)
    front.stores.close()
    again = open_shop(home)
    try:
        assert again.wait("ProcessingJob", name)["ProcessingJobStatus"] == "Completed"
        assert [line for _, line in again.log("ProcessingJob", name)] == ["short"]
        assert len(starts(home, name)) == 1
    finally:
        again.stop()


def test_a_job_whose_supervisor_is_killed_fails_and_says_so(shop: Shop) -> None:
    name = shop.start_processing("print('here', flush=True); import time; time.sleep(300)", name="orphan")
    shop.until("ProcessingJob", name, lambda job: bool(shop.log("ProcessingJob", name)))
    lose(shop, attempt=1)
    job = shop.wait("ProcessingJob", name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: the job was lost")


def test_nothing_of_a_job_stays_behind_when_it_is_over(shop: Shop) -> None:
    name = shop.start_processing("pass", name="tidy")
    shop.wait("ProcessingJob", name)
    deadline = time.monotonic() + 30
    while [each for each in (shop.config.home / "jobs").iterdir() if each.is_dir()] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [each.name for each in (shop.config.home / "jobs").iterdir()] == ["starts"]


def test_a_lost_training_job_begins_again_as_its_retry_strategy_allows(shop: Shop) -> None:
    script = """
import pathlib, time
print("an attempt", flush=True)
time.sleep(300 if not pathlib.Path("/opt/ml/input/data/go/on").exists() else 0)
"""
    program = shop.put("lost/train.py", script)
    shop.put("lost/go/off", "x")
    inputs = [
        {
            "ChannelName": name,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
        }
        for name, uri in (("code", program), ("go", f"s3://{BUCKET}/lost/go/"))
    ]
    name = shop.start_training(
        PYTHON_IMAGE,
        "phoenix",
        AlgorithmSpecification={"ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/train.py"]},
        InputDataConfig=inputs,
        RetryStrategy={"MaximumRetryAttempts": 1},
    )
    shop.until("TrainingJob", name, lambda job: len(shop.log("TrainingJob", name)) == 1)
    shop.put("lost/go/on", "x")  # the second attempt stages anew and finds it
    lose(shop, attempt=1)
    job = shop.wait("TrainingJob", name)
    assert job["TrainingJobStatus"] == "Completed", job
    assert "Restarting" in [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert len(starts(shop.config.home, name)) == 2
    # Each attempt has a stream of its own, and neither lost its line.
    assert len({stream for stream, _ in shop.log("TrainingJob", name)}) == 2


def test_a_job_that_is_lost_more_often_than_it_may_be_retried_fails(shop: Shop) -> None:
    name = shop.start_training(
        PYTHON_IMAGE,
        "doomed",
        AlgorithmSpecification={"ContainerEntrypoint": ["sleep", "300"]},
        RetryStrategy={"MaximumRetryAttempts": 1},
    )
    for attempt in (1, 2):
        shop.until("TrainingJob", name, lambda job, n=attempt: len(starts(shop.config.home, "doomed")) == n)
        lose(shop, attempt)
    job = shop.wait("TrainingJob", name)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: the job was lost")


def lose(shop: Shop, attempt: int) -> None:
    """Kill the only job's supervisor, which takes the job along and tells nobody."""
    [pid_file] = (shop.config.home / "jobs").glob(f"*/{attempt}/algo-1/run/pid")
    os.kill(json.loads(pid_file.read_text())["pid"], signal.SIGKILL)
