"""The pipelines engine alone: a chain of a thousand conditions that start no job."""

from __future__ import annotations

from bench import projects
from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import fresh_home, served

STEPS = 1000
RUNS = 3


def measure(peers: Peers) -> list[Result]:
    """Run the chain a few times."""
    with fresh_home() as home, served(home) as server:
        client = server.client("sagemaker")
        steps = [projects.condition(f"C{n}", f"C{n - 1}" if n else "") for n in range(STEPS)]
        projects.create(client, "conditions", steps)
        samples = [projects.run(client, "conditions")[1] for _ in range(RUNS)]
    how = f"StartPipelineExecution until Succeeded, {STEPS} conditions, each depending on the one before"
    return [Figure(f"{STEPS:,} conditions", "s", samples, how, "≤ 60 s")]
