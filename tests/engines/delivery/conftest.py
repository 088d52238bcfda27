"""A bench for delivery pipelines: real stores, operations and workers, in process."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.engines.delivery import engine
from ormer.engines.stacks import engine as stacks
from ormer.engines.worker import Worker
from ormer.stores import events

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
STORE, DROP, SITE = "artifacts", "drop", "site"
KEY = "source.zip"
PATIENCE_SECONDS = 60.0
MOVING = ("InProgress", "Stopping")
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Bench:
    """Delivery pipelines made, started and waited for."""

    def __init__(self, house: House, worker: Worker) -> None:
        self.house = house
        self.worker = worker
        self.api = house.port.acting_as(root_identity(ACCOUNT), house.config.region)

    def __call__(self, operation: str, **params: Any) -> JsonDict:
        return self.api("codepipeline", operation, params)

    def furnish(self) -> None:
        """A role that may do everything, the buckets, and a first source."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        self.api("iam", "CreateRole", {"RoleName": "delivery", "AssumeRolePolicyDocument": json.dumps(trust)})
        policy = {"RoleName": "delivery", "PolicyName": "all", "PolicyDocument": json.dumps(EVERYTHING)}
        self.api("iam", "PutRolePolicy", policy)
        for bucket in (STORE, DROP, SITE):
            self.api("s3", "CreateBucket", {"Bucket": bucket})
        versioning = {"Bucket": DROP, "VersioningConfiguration": {"Status": "Enabled"}}
        self.api("s3", "PutBucketVersioning", versioning)
        self.drop({"index.html": "one"})

    def drop(self, files: dict[str, str]) -> str:
        """Put a new source; returns its version."""
        put = self.api("s3", "PutObject", {"Bucket": DROP, "Key": KEY, "Body": zipped(files)})
        return str(put["VersionId"])

    def create(self, name: str, *stages: JsonDict, **more: Any) -> str:
        """Create; returns the id of the execution that this started."""
        self("CreatePipeline", pipeline=declaration(name, *stages, **more))
        return self.newest(name)

    def start(self, name: str, **more: Any) -> str:
        return str(self("StartPipelineExecution", name=name, **more)["pipelineExecutionId"])

    def newest(self, name: str) -> str:
        return str(self.executions(name)[0]["pipelineExecutionId"])

    def executions(self, name: str) -> list[JsonDict]:
        found: list[JsonDict] = self("ListPipelineExecutions", pipelineName=name)["pipelineExecutionSummaries"]
        return found

    def execution(self, name: str, identifier: str) -> JsonDict:
        found: JsonDict = self("GetPipelineExecution", pipelineName=name, pipelineExecutionId=identifier)
        return dict(found["pipelineExecution"])

    def status(self, name: str, identifier: str) -> str:
        return str(self.execution(name, identifier)["status"])

    def ended(self, name: str, identifier: str) -> str:
        """Wait for the end; returns the status."""
        self.until(lambda: self.status(name, identifier) not in MOVING)
        return self.status(name, identifier)

    def stage(self, name: str, stage: str) -> JsonDict:
        states = self("GetPipelineState", name=name)["stageStates"]
        return dict(next(one for one in states if one["stageName"] == stage))

    def action(self, name: str, stage: str, action: str) -> JsonDict:
        """The latest run of an action, {} before the first."""
        states = self.stage(name, stage)["actionStates"]
        return dict(next(one for one in states if one["actionName"] == action).get("latestExecution", {}))

    def token(self, name: str, stage: str = "Ask", action: str = "Person", other_than: str = "") -> str:
        """The token of the approval that waits, once one does."""
        self.until(lambda: self.action(name, stage, action).get("token", other_than) != other_than)
        return str(self.action(name, stage, action)["token"])

    def answer(self, name: str, token: str, status: str = "Approved", summary: str = "well done") -> None:
        result = {"summary": summary, "status": status}
        self("PutApprovalResult", pipelineName=name, stageName="Ask", actionName="Person", result=result, token=token)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; fail when it does not for a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    def content(self, key: str, bucket: str = SITE) -> bytes:
        return self.house.stores.objects.read_bytes(bucket, key)

    def events(self, detail_type: str) -> list[JsonDict]:
        with self.house.stores.database.read() as tx:
            return [one for one in events.after(tx, 0, 100_000) if one["detail_type"] == detail_type]

    def close(self) -> None:
        self.worker.stop()
        self.house.stores.close()


def zipped(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


def declaration(name: str, *stages: JsonDict, **more: Any) -> JsonDict:
    return {
        "name": name,
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": STORE},
        "stages": [source(), *stages],
        **more,
    }


def stage(name: str, *actions: JsonDict) -> JsonDict:
    return {"name": name, "actions": list(actions)}


def action(name: str, category: str, provider: str, configuration: dict[str, str], **more: Any) -> JsonDict:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, **more}


def source(**more: Any) -> JsonDict:
    """A stage that takes the dropped zip."""
    made = [{"name": "Code"}]
    given = {"S3Bucket": DROP, "S3ObjectKey": KEY}
    return stage("Source", action("Drop", "Source", "S3", given, outputArtifacts=made, namespace="Given", **more))


def ask(**more: Any) -> JsonDict:
    """A stage with an approval."""
    return stage("Ask", action("Person", "Approval", "Manual", {"CustomData": "really?"}, **more))


def deploy(name: str = "Deploy", **more: Any) -> JsonDict:
    """A stage that puts the files of the source into the site's bucket."""
    configuration = {"BucketName": SITE, "Extract": "true", **more.pop("configuration", {})}
    return stage(name, action("Put", "Deploy", "S3", configuration, inputArtifacts=[{"name": "Code"}], **more))


def bench_in(home: Path, clock: ManualClock | None = None, threads: int = 4, started: bool = True) -> Bench:
    """A bench whose worker runs, unless told otherwise."""
    house = build(Config(home=home, port=0, tls_port=0), clock, strict=True)
    worker = Worker(house.stores, house.port, {"delivery": engine.run, "stack": stacks.run}, threads)
    if started:
        worker.start()
    return Bench(house, worker)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(tmp_path: Path, clock: ManualClock) -> Iterator[Bench]:
    made = bench_in(tmp_path / "home", clock)
    made.furnish()
    yield made
    made.close()
