"""`ormer status`: whether the server runs, and what is under way."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ormer.config import load
from ormer.homes import Running, running


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def status(as_json: bool, home: Path | None) -> None:
    """Show whether the server runs and what it is doing. Exit status 3 when it does not run."""
    config = load(home=home)
    state = running(config.home)
    if state is None:
        if as_json:
            click.echo(json.dumps({"running": False, "home": str(config.home)}))
        else:
            click.echo(f"No server runs in {config.home}. Start one with `ormer up -d`.")
        raise SystemExit(3)
    under_way = _under_way(config.home)
    if as_json:
        click.echo(json.dumps({"running": True, "home": str(config.home), **state.__dict__, "under_way": under_way}))
    else:
        _print(config.home, state, under_way)


def _under_way(home: Path) -> list[dict[str, Any]]:
    from ormer.cli.client import Client

    client = Client(home)
    found = []
    for noun in ("TrainingJob", "ProcessingJob", "TransformJob"):
        for summary in client.call("sagemaker", f"List{noun}s", StatusEquals="InProgress")[f"{noun}Summaries"]:
            found.append({"kind": noun, "name": summary[f"{noun}Name"], "status": summary[f"{noun}Status"]})
    for summary in client.call("sagemaker", "ListEndpoints", MaxResults=100)["Endpoints"]:
        found.append({"kind": "Endpoint", "name": summary["EndpointName"], "status": summary["EndpointStatus"]})
    listed = client.call("sagemaker", "ListMlflowTrackingServers", MaxResults=100)["TrackingServerSummaries"]
    for summary in listed:
        status = summary["TrackingServerStatus"]
        found.append({"kind": "MlflowTrackingServer", "name": summary["TrackingServerName"], "status": status})
    for pipeline in client.call("sagemaker", "ListPipelines", MaxResults=100)["PipelineSummaries"]:
        name = pipeline["PipelineName"]
        runs = client.call("sagemaker", "ListPipelineExecutions", PipelineName=name, MaxResults=20)
        for execution in runs["PipelineExecutionSummaries"]:
            if execution["PipelineExecutionStatus"] in ("Executing", "Stopping"):
                own = execution["PipelineExecutionArn"].rsplit("/", 1)[-1]
                found.append(
                    {"kind": "Pipeline", "name": f"{name}/{own}", "status": execution["PipelineExecutionStatus"]}
                )
    return found


def _print(home: Path, state: Running, under_way: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]ormer[/] runs on [cyan]http://{state.host}:{state.port}[/]")
    console.print(f"  pid {state.pid}, up for {_span(time.time() - state.started)}, home {home}")
    if not under_way:
        console.print("  nothing is under way")
        return
    table = Table("kind", "name", "status", box=None, pad_edge=False)
    for row in under_way:
        table.add_row(row["kind"], row["name"], row["status"])
    console.print(table)


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
