"""What a pipeline adds to the user's process: a chain of processing jobs that run `true`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from bench import projects
from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import ACCOUNT, REGION, ROLE, fresh_home, served

CHAIN = 40
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/python:3.11"
# Times are the server's own, so that nobody need look often: asking costs the server time that the steps want.
POLL_SECONDS = 0.5
GOAL = "p50 ≤ 50 ms"


def measure(peers: Peers) -> list[Result]:
    """One chain to warm up (it builds the runtime), one to measure."""
    with fresh_home() as home, served(home) as server:
        client = server.client("sagemaker")
        projects.create(client, "warm", [_step(0)])
        projects.run(client, "warm")
        projects.create(client, "chain", [_step(number) for number in range(CHAIN)])
        arn, _ = projects.run(client, "chain", POLL_SECONDS)
        steps = projects.steps_of(client, arn)
        jobs = [client.describe_processing_job(ProcessingJobName=_job(step)) for step in steps]
    begun = [step["StartTime"].timestamp() for step in steps]
    created = [job["CreationTime"].timestamp() for job in jobs]
    started = [job["ProcessingStartTime"].timestamp() for job in jobs]
    ended = [job["ProcessingEndTime"].timestamp() for job in jobs]
    parts = {
        "create the job": _between(begun, created),
        "admit, stage, start": _between(created, started),
        "sandbox, `true`, collect": _between(started, ended),
        "settle, next step": _between(ended[:-1], begun[1:]),
    }
    told = ", ".join(f"{name} {statistics.median(values):.1f} ms" for name, values in parts.items())
    how = f"from one step's start to the next's in a chain of {CHAIN} jobs whose program is `true`; medians: {told}"
    return [Figure("step overhead", "ms", _between(begun[:-1], begun[1:]), how, GOAL)]


def _between(earlier: Sequence[float], later: Sequence[float]) -> list[float]:
    return [(end - begin) * 1000 for begin, end in zip(earlier, later, strict=True)]


def _job(step: dict[str, Any]) -> str:
    return str(step["Metadata"]["ProcessingJob"]["Arn"]).rsplit("/", 1)[-1]


def _step(number: int) -> dict[str, Any]:
    step: dict[str, Any] = {
        "Name": f"Step{number}",
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["true"]},
            "RoleArn": ROLE,
        },
    }
    return step | ({"DependsOn": [f"Step{number - 1}"]} if number else {})
