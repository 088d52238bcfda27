"""A server whose tracking servers are real, one of them standing, and requests signed as MLflow's plugin signs them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Live, end_instances

from ormer.config import Config
from ormer.first_run import root_key, use_role_arn
from ormer.server import Server

# The first one builds its runtime, too.
PATIENCE_SECONDS = 240.0
BUCKET = "tracked"
SERVER_HEADER, APP_HEADER = "x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn"


class Tracking:
    """The server, and what a person does with its tracking servers."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.role = use_role_arn(live.config.account)
        key = root_key(live.house.stores)
        self.root = Credentials(key.access_key_id, key.secret)

    @property
    def endpoint(self) -> str:
        return self.live.config.endpoint

    def make(self, name: str, **more: Any) -> str:
        """A tracking server that stands; its ARN."""
        sagemaker = self.live.client("sagemaker")
        wanted = {"ArtifactStoreUri": f"s3://{BUCKET}/{name}", "RoleArn": self.role, **more}
        arn: str = sagemaker.create_mlflow_tracking_server(TrackingServerName=name, **wanted)["TrackingServerArn"]
        assert self.settled(name)["TrackingServerStatus"] == "Created", self.lines(name)
        return arn

    def settled(self, name: str) -> dict[str, Any]:
        """The server's description once it is on its way to nothing any more."""
        sagemaker = self.live.client("sagemaker")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found: dict[str, Any] = sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)
            if not found["TrackingServerStatus"].endswith("ing"):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def gone(self, name: str) -> None:
        """Wait until a server that is being deleted is there no longer."""
        sagemaker = self.live.client("sagemaker")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while name in [
            each["TrackingServerName"]
            for each in sagemaker.list_mlflow_tracking_servers(MaxResults=100)["TrackingServerSummaries"]
        ]:
            assert time.monotonic() < deadline, f"{name} is still there"
            time.sleep(0.1)

    def settled_app(self, arn: str) -> dict[str, Any]:
        sagemaker = self.live.client("sagemaker")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found: dict[str, Any] = sagemaker.describe_mlflow_app(Arn=arn)
            if not found["Status"].endswith("ing"):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def lines(self, name: str) -> list[str]:
        """What the server's log says."""
        logs = self.live.client("logs")
        group = f"/aws/sagemaker/MlflowTrackingServers/{name}"
        found = logs.get_log_events(logGroupName=group, logStreamName="mlflow", startFromHead=True)
        return [event["message"] for event in found["events"]]

    def ask(
        self,
        arn: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        credentials: Credentials | None = None,
        scope: str = "",
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """A request to MLflow's API at `path`, signed for its server as root unless told otherwise."""
        is_app = ":mlflow-app/" in arn
        url = f"{self.endpoint}/api/2.0/mlflow/{path}"
        content = json.dumps(body).encode() if body is not None else b""
        named = {APP_HEADER if is_app else SERVER_HEADER: arn, "Content-Type": "application/json", **(headers or {})}
        request = AWSRequest(method, url, headers=named, data=content)
        service = scope or ("sagemaker" if is_app else "sagemaker-mlflow")
        SigV4Auth(credentials or self.root, service, self.live.config.region).add_auth(request)
        return requests.request(method, url, headers=dict(request.headers.items()), data=content, timeout=90)


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Tracking]:
    home = tmp_path_factory.mktemp("tracking") / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    server = Server(Config(home=home, port=0, tls_port=0), strict=True)
    server.start()
    live = Live(server)
    live.client("s3").create_bucket(Bucket=BUCKET)
    yield Tracking(live)
    server.stop()
    end_instances(home)


@pytest.fixture(scope="session")
def sagemaker(tracking: Tracking) -> Any:
    return tracking.live.client("sagemaker")


@pytest.fixture(scope="session")
def standing(tracking: Tracking) -> str:
    """The ARN of a tracking server that stands, for tests that leave it standing."""
    return tracking.make("standing", AutomaticModelRegistration=True)
