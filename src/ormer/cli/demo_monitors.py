"""The demo's end: traffic as the model knows it, then traffic that has drifted, and what a monitor finds in each."""

from __future__ import annotations

from rich.console import Console

from ormer.cli import monitor
from ormer.cli.client import Client
from ormer.cli.demo_animals import animals

ROWS = 400
MILLIMETRES = 200.0


def drift(client: Client, endpoint: str, schedule: str, console: Console) -> bool:
    """Ask an endpoint for many animals and run its monitor; then again with lengths in another unit.

    Returns whether the monitor found the drift.
    """
    console.print(f"{schedule} looks at what {endpoint} was asked:")
    _ask(client, endpoint, 1.0)
    _run(client, schedule, f"{ROWS} animals as the model knows them", console)
    _ask(client, endpoint, MILLIMETRES)
    return _run(client, schedule, f"{ROWS} animals measured in millimetres", console)


def _run(client: Client, schedule: str, what: str, console: Console) -> bool:
    """Run a schedule now and show what it finds. Returns whether that is violations."""
    ended = monitor.awaited(client, schedule, monitor.begin(client, schedule))
    console.print(f"    after {what}: {monitor.status(ended)}", soft_wrap=True)
    _, found = monitor.violations(client, [ended])
    if found:
        console.print(monitor.violation_table(found))
    return bool(found)


def _ask(client: Client, endpoint: str, scale: float) -> None:
    runtime = client.client("sagemaker-runtime")
    for row in animals(ROWS, scale):
        runtime.invoke_endpoint(EndpointName=endpoint, Body=row.encode(), ContentType="text/csv")["Body"].read()
