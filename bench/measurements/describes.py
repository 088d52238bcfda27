"""DescribePipelineExecution by the same boto3 client, of this server and of moto's."""

from __future__ import annotations

import time
from typing import Any

from bench import projects
from bench.figures import Figure, Result, Skipped
from bench.peers import PeerMissing, Peers
from bench.servers import ROLE, client_of, fresh_home, served

ROUNDS = 10
CALLS = 50
WARM_CALLS = 20
STEPS = 12


def measure(peers: Peers) -> list[Result]:
    """Ask in turns, so that whatever else the machine does meets both."""
    with fresh_home() as home, served(home) as server:
        ours = server.client("sagemaker")
        projects.create(ours, "described", _steps())
        arn, _ = projects.run(ours, "described")
        try:
            with peers.moto_server() as endpoint:
                theirs = client_of("sagemaker", endpoint)
                samples, peer_samples = _in_turns((ours, arn), (theirs, _execution(theirs)))
            found: list[Result] = []
        except PeerMissing as error:
            (samples,) = _in_turns((ours, arn))
            peer_samples, found = [], [Skipped("moto", f"skipped: {error}")]
    how = f"a finished execution of {STEPS} steps, boto3 over loopback, {CALLS} calls in turns"
    return [
        Figure("DescribePipelineExecution", "ms", samples, how, "≤ half of moto's", "moto server", peer_samples),
        *found,
    ]


def _steps() -> list[dict[str, Any]]:
    return [projects.condition(f"C{number}") for number in range(STEPS)]


def _execution(client: Any) -> str:
    """The same pipeline and an execution of it in moto, which ends it at once."""
    client.create_pipeline(
        PipelineName="described",
        PipelineDefinition=projects.definition(_steps()),
        RoleArn=ROLE,
        ClientRequestToken="x" * 40,
    )
    return str(client.start_pipeline_execution(PipelineName="described")["PipelineExecutionArn"])


def _in_turns(*sides: tuple[Any, str]) -> list[list[float]]:
    """Milliseconds a call, for each (client, execution's ARN)."""
    samples: list[list[float]] = [[] for _ in sides]
    for client, arn in sides:
        for _ in range(WARM_CALLS):
            client.describe_pipeline_execution(PipelineExecutionArn=arn)
    for _ in range(ROUNDS):
        for (client, arn), into in zip(sides, samples, strict=True):
            for _ in range(CALLS):
                began = time.perf_counter()
                client.describe_pipeline_execution(PipelineExecutionArn=arn)
                into.append((time.perf_counter() - began) * 1000)
    return samples
