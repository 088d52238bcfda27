"""The demo's end: the production endpoint is asked."""

from __future__ import annotations

import time

from rich.console import Console

from ormer.cli.client import Client
from ormer.cli.demo_animals import animals

# Animals of the data set: length, diameter, height, four weights, then sex as three columns; and their true rings.
ANIMALS = (
    ("0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1", 15),
    ("0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,1,0,0", 9),
    ("0.33,0.255,0.08,0.205,0.0895,0.0395,0.055,0,1,0", 7),
)
ASKED_TIMES = 200


def ask(client: Client, endpoint: str, console: Console) -> None:
    """Ask for animals, and for the time that it takes. Raises what the endpoint answers when it does not predict."""
    for animal, rings in ANIMALS:
        predicted = _asked(client, endpoint, animal)
        console.print(f"    {animal:50} [bold]{predicted:5.2f}[/] rings predicted, {rings} counted", soft_wrap=True)
    milliseconds = _milliseconds(client, endpoint)
    console.print(f"    answered in {milliseconds:.1f} ms (median of {ASKED_TIMES} signed requests)")


def _asked(client: Client, endpoint: str, row: str) -> float:
    answer = client.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, Body=row.encode(), ContentType="text/csv"
    )
    return float(answer["Body"].read())


def _milliseconds(client: Client, endpoint: str) -> float:
    """The median time of an invocation, as this process sees it."""
    taken = []
    for row in animals(ASKED_TIMES):
        began = time.perf_counter()
        _asked(client, endpoint, row)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[ASKED_TIMES // 2]
