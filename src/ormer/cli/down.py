"""`ormer down`: end the server that lives in the home."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from ormer.config import load
from ormer.engines.hosting.instances import running_instances
from ormer.engines.tracking.folders import running_servers
from ormer.homes import running

STOP_SECONDS = 30.0


@click.command()
@click.option(
    "--stop-jobs",
    is_flag=True,
    help="Stop jobs, builds, endpoints' instances and tracking servers too; without it they go on.",
)
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def down(stop_jobs: bool, home: Path | None) -> None:
    """Stop the server.

    Running jobs, builds, endpoints' instances and tracking servers go on under their supervisors; the next `ormer up`
    finds them again and collects their results. Instances and servers that were stopped are started again by it.
    """
    config = load(home=home)
    state = running(config.home)
    if state is None:
        click.echo("No server runs in this home.")
        return
    if stop_jobs:
        _stop_jobs(config.home)
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running(config.home) is not None:
        if time.monotonic() > deadline:
            raise click.ClickException(f"The server (pid {state.pid}) did not end within {STOP_SECONDS:.0f} s.")
        time.sleep(0.05)
    instances = running_instances(config.home)
    servers = running_servers(config.home)
    outliving = [*instances, *servers]
    for handle in outliving:
        if stop_jobs:
            handle.stop()
    for handle in outliving:
        if stop_jobs:
            handle.wait(STOP_SECONDS)
        handle.close()
    click.echo(" ".join(_words(stop_jobs, len(instances), len(servers))))


def _words(stop_jobs: bool, instances: int, servers: int) -> list[str]:
    said = ["The server has ended."]
    if not stop_jobs:
        said.append("Jobs that were running go on.")
    verb = "were stopped" if stop_jobs else "go on"
    if instances:
        said.append(f"Instances of endpoints that {verb}: {instances}.")
    if servers:
        said.append(f"MLflow tracking servers that {verb}: {servers}.")
    return said


def _stop_jobs(home: Path) -> None:
    from ormer.cli.client import Client

    client = Client(home)
    for noun in ("TrainingJob", "ProcessingJob", "TransformJob"):
        listed = client.call("sagemaker", f"List{noun}s", StatusEquals="InProgress", MaxResults=100)
        for summary in listed[f"{noun}Summaries"]:
            name = summary[f"{noun}Name"]
            client.call("sagemaker", f"Stop{noun}", **{f"{noun}Name": name})
            click.echo(f"Stopping {noun} {name}")
    identifiers = client.call("codebuild", "ListBuilds")["ids"]
    builds = client.call("codebuild", "BatchGetBuilds", ids=identifiers)["builds"] if identifiers else []
    for build in builds:
        if not build["buildComplete"]:
            client.call("codebuild", "StopBuild", id=build["id"])
            click.echo(f"Stopping build {build['id']}")
