"""What the commands say of tracking servers, and what `ormer down` does to them."""

from __future__ import annotations

import json

from tests.cli.test_cli import Shell
from tests.cli.test_jobs import client, shell, until, up

from ormer.engines.tracking.folders import running_servers

__all__ = ["shell", "up"]


def stands(shell: Shell, name: str) -> None:
    def read() -> str:
        found = client(shell, "sagemaker").describe_mlflow_tracking_server(TrackingServerName=name)
        return str(found["TrackingServerStatus"])

    until(read, lambda found: found == "Created")


def running(shell: Shell) -> int:
    """How many tracking servers of the home run."""
    handles = running_servers(shell.home)
    for handle in handles:
        handle.close()
    return len(handles)


def test_a_tracking_server_is_shown_and_goes_on_or_stops_as_asked(up: Shell) -> None:
    client(up, "s3").create_bucket(Bucket="shown")
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    client(up, "sagemaker").create_mlflow_tracking_server(
        TrackingServerName="team", ArtifactStoreUri="s3://shown/mlflow", RoleArn=role
    )
    stands(up, "team")
    row = {"kind": "MlflowTrackingServer", "name": "team", "status": "Created"}
    assert row in json.loads(up("status", "--json"))["under_way"]
    until(lambda: up("logs", "team"), lambda said: "Updating database tables" in said)
    assert "MLflow tracking servers that go on: 1." in up("down")
    up("up", "-d")
    assert "MLflow tracking servers that were stopped: 1." in up("down", "--stop-jobs")
    up("up", "-d")
    until(lambda: running(up), lambda count: count == 1)
