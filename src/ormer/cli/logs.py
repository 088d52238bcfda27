"""`ormer logs`: lines of a job, an endpoint, a tracking server or a build as they come, or the server's own log."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import click

from ormer.cli.client import Client
from ormer.config import load

GROUPS = ("TrainingJobs", "ProcessingJobs", "TransformJobs")
ENDPOINTS, TRACKING_SERVERS = "Endpoints/", "MlflowTrackingServers/"
# What goes on has a group of its own and never ends.
LASTING = (ENDPOINTS, TRACKING_SERVERS)
# `project:uuid`, or the ARN that ends with it.
BUILD = re.compile(r"(?:arn:.*:build/)?[^:/]+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Phases in which a build has no log yet.
UNHEARD = ("QUEUED", "PROVISIONING")
POLL_SECONDS = 0.5


@click.command()
@click.argument("job", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on printing until the job ends.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the server's last lines to print.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def logs(job: str | None, follow: bool, lines: int, home: Path | None) -> None:
    """Print the log of JOB, or the server's own.

    JOB is a training, processing or transform job, an endpoint, a tracking server, or a build's id.
    """
    config = load(home=home)
    if job is None:
        _print_server_log(config.home, lines)
        return
    for message in _job_lines(Client(config.home), job, follow):
        click.echo(message)


def _print_server_log(home: Path, lines: int) -> None:
    file = home / "logs" / "server.log"
    if not file.is_file():
        raise click.ClickException(f"There is no log in {home} yet. Start a server with `ormer up -d`.")
    with file.open(encoding="utf-8", errors="replace") as text:
        for line in deque(text, lines):
            click.echo(line.rstrip("\n"))


def _job_lines(client: Client, job: str, follow: bool) -> Iterator[str]:
    if BUILD.fullmatch(job):
        yield from _build_lines(client, job.rpartition("/")[2], follow)
        return
    kind = _group_of(client, job)
    seen: dict[str, str] = {}
    while True:
        ended = _ended(client, kind, job)
        for stream in _streams(client, kind, job):
            yield from _new_lines(client, f"/aws/sagemaker/{kind}", stream, seen)
        if ended or not follow:
            return
        time.sleep(POLL_SECONDS)


def _build_lines(client: Client, build: str, follow: bool) -> Iterator[str]:
    seen: dict[str, str] = {}
    while True:
        found = client.call("codebuild", "BatchGetBuilds", ids=[build])["builds"]
        if not found:
            raise click.ClickException(f"There is no build {build}.")
        logs = found[0]["logs"]
        if found[0]["currentPhase"] not in UNHEARD:
            yield from _new_lines(client, logs["groupName"], logs["streamName"], seen)
        if found[0]["buildComplete"] or not follow:
            return
        time.sleep(POLL_SECONDS)


def _group_of(client: Client, job: str) -> str:
    for group in GROUPS:
        noun = group.removesuffix("s")
        listed = client.call("sagemaker", f"List{noun}s", NameContains=job, MaxResults=100)
        if any(summary[f"{noun}Name"] == job for summary in listed[f"{noun}Summaries"]):
            return group
    listed = client.call("sagemaker", "ListEndpoints", NameContains=job, MaxResults=100)
    if any(summary["EndpointName"] == job for summary in listed["Endpoints"]):
        return f"{ENDPOINTS}{job}"
    listed = client.call("sagemaker", "ListMlflowTrackingServers", MaxResults=100)
    if any(summary["TrackingServerName"] == job for summary in listed["TrackingServerSummaries"]):
        return f"{TRACKING_SERVERS}{job}"
    kinds = "training, processing or transform job, nor an endpoint or a tracking server"
    raise click.ClickException(f"There is no {kinds}, called {job}.")


def _ended(client: Client, group: str, job: str) -> bool:
    if group.startswith(LASTING):
        return False
    noun = group.removesuffix("s")
    described = client.call("sagemaker", f"Describe{noun}", **{f"{noun}Name": job})
    return described[f"{noun}Status"] in ("Completed", "Failed", "Stopped")


def _streams(client: Client, group: str, job: str) -> list[str]:
    from botocore.exceptions import ClientError

    prefix = {} if group.startswith(LASTING) else {"logStreamNamePrefix": f"{job}/"}
    try:
        listed = client.client("logs").describe_log_streams(logGroupName=f"/aws/sagemaker/{group}", **prefix)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise click.ClickException(str(error)) from None
    return [stream["logStreamName"] for stream in listed["logStreams"]]


def _new_lines(client: Client, group: str, stream: str, seen: dict[str, str]) -> Iterator[str]:
    while True:
        token = {"nextToken": seen[stream]} if stream in seen else {"startFromHead": True}
        page = client.call("logs", "GetLogEvents", logGroupName=group, logStreamName=stream, **token)
        yield from (event["message"] for event in page["events"])
        if seen.get(stream) == page["nextForwardToken"]:
            return
        seen[stream] = page["nextForwardToken"]
