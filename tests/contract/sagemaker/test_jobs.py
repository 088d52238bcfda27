"""Jobs over the wire, by boto3: a real server, a real job that talks back to it, and its logs and metrics."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Live

from ormer.config import Config
from ormer.server import Server

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
WAIT_SECONDS = 240.0
SCRIPT = """
import json, os, urllib.request
import boto3
me = boto3.client("sts").get_caller_identity()
s3 = boto3.client("s3")
body = s3.get_object(Bucket="wire-of-jobs", Key="in.txt")["Body"].read().decode()
s3.put_object(Bucket="wire-of-jobs", Key="from-inside.txt", Body=body.upper().encode())
request = urllib.request.Request(
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
)
keys = json.load(urllib.request.urlopen(request))
print(json.dumps({"arn": me["Arn"], "role": keys["RoleArn"], "expires": keys["Expiration"]}))
print(json.dumps({"method": boto3.Session().get_credentials().method}))
print(json.dumps({"uri": os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]}))
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if os.environ.get("ORMER_TEST_RUNTIMES"):
        (home / "runtimes").symlink_to(os.environ["ORMER_TEST_RUNTIMES"])
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Live(made)
    made.stop()


def wait(sagemaker: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        job: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=name)
        if job["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job
        time.sleep(0.05)
    raise TimeoutError(f"{name} did not end: {job}")


def test_a_job_acts_as_its_role_and_its_keys_are_nobody_elses(live: Live) -> None:
    s3, sagemaker, logs = live.client("s3"), live.client("sagemaker"), live.client("logs")
    s3.create_bucket(Bucket="wire-of-jobs")
    s3.put_object(Bucket="wire-of-jobs", Key="in.txt", Body=b"hello")
    s3.put_object(Bucket="wire-of-jobs", Key="code/main.py", Body=SCRIPT.encode())
    made = sagemaker.create_processing_job(
        ProcessingJobName="talker",
        RoleArn=ROLE,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        ProcessingInputs=[
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": "s3://wire-of-jobs/code/main.py",
                    "LocalPath": "/opt/ml/processing/code",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        Tags=[{"Key": "team", "Value": "rings"}],
    )
    job = wait(sagemaker, "talker")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert s3.get_object(Bucket="wire-of-jobs", Key="from-inside.txt")["Body"].read() == b"HELLO"
    assert sagemaker.list_tags(ResourceArn=made["ProcessingJobArn"])["Tags"] == [{"Key": "team", "Value": "rings"}]

    group = "/aws/sagemaker/ProcessingJobs"
    [stream] = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="talker/")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
    said: dict[str, str] = {}
    for event in events["events"]:
        if event["message"].startswith("{"):
            said |= json.loads(event["message"])
    assert said["arn"] == "arn:aws:sts::123456789012:assumed-role/SageMakerRole/SageMaker"
    assert said["role"] == ROLE
    assert said["method"] == "custom-process"

    request = urllib.request.Request(said["uri"], headers={"Authorization": "made-up"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
