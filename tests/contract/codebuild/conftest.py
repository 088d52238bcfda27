"""A client of CodeBuild on a shared server, and what most projects have in common."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from ormer.first_run import use_role_arn

WAIT_SECONDS = 120.0
BUCKET = "build-sources"


@pytest.fixture(scope="session")
def codebuild(shared_server) -> Any:
    return shared_server.client("codebuild")


@pytest.fixture(scope="session")
def bucket(shared_server) -> Any:
    """A client of S3 whose bucket `build-sources` is there."""
    client = shared_server.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture(scope="session")
def names() -> Iterator[str]:
    return (f"project-{number}" for number in count())


@pytest.fixture
def project(codebuild, shared_server, names) -> Callable[..., str]:
    """Create a project; a text as its buildspec is enough. Returns its name."""

    def create(buildspec: str = "version: 0.2\nphases: {}\n", **more: Any) -> str:
        name = next(names)
        request = {
            "source": {"type": "NO_SOURCE", "buildspec": buildspec},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            "serviceRole": use_role_arn(shared_server.config.account),
            **more,
        }
        codebuild.create_project(name=name, **request)
        return name

    return create


@pytest.fixture
def over(codebuild) -> Callable[[str], dict[str, Any]]:
    """A build's document once it is over."""

    def wait(identifier: str) -> dict[str, Any]:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            (build,) = codebuild.batch_get_builds(ids=[identifier])["builds"]
            if build["buildComplete"]:
                return build
            time.sleep(0.05)
        raise TimeoutError(f"the build is in {build['currentPhase']} after {WAIT_SECONDS} seconds")

    return wait


@pytest.fixture
def lines(shared_server) -> Callable[[dict[str, Any]], list[str]]:
    """The lines of a build's log."""

    def read(build: dict[str, Any]) -> list[str]:
        where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = shared_server.client("logs").get_log_events(startFromHead=True, **where)["events"]
        return [event["message"] for event in events]

    return read


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
