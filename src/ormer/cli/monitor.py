"""`ormer monitor`: the monitoring schedules, their last runs, and what these found."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ormer.cli.client import Client
from ormer.config import load

RUNS_SHOWN = 10
WAIT_SECONDS = 0.5
UNDER_WAY = ("Pending", "InProgress", "Stopping")
COLOURS = {"Completed": "green", "CompletedWithViolations": "yellow", "Failed": "red", "InAlert": "red", "OK": "green"}
NO_DATA = "Job inputs had no data"
HOME = click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")


@click.group()
def monitor() -> None:
    """Look at monitoring schedules and run them."""


@monitor.command("list")
@HOME
def list_(home: Path | None) -> None:
    """List the monitoring schedules with their last run and their alert."""
    client = Client(load(home=home).home)
    table = Table("schedule", "type", "endpoint", "runs", "status", "last run", "alert", box=None, pad_edge=False)
    for summary in _schedules(client):
        name = summary["MonitoringScheduleName"]
        described = client.call("sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
        last = described.get("LastMonitoringExecutionSummary")
        table.add_row(
            name,
            summary.get("MonitoringType", ""),
            summary.get("EndpointName", "batch"),
            _expression(described),
            summary["MonitoringScheduleStatus"],
            f"{_moment(last['ScheduledTime'])} {status(last)}" if last else "none yet",
            _coloured(_alert(client, name)["AlertStatus"]),
        )
    console = Console(highlight=False)
    console.print(table if table.row_count else "There are no monitoring schedules.")


@monitor.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@HOME
def show(name: str, as_json: bool, home: Path | None) -> None:
    """Show the last runs of the schedule NAME, and the violations that the last report holds."""
    client = Client(load(home=home).home)
    described = client.call("sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
    runs = _runs(client, name)
    report, found = violations(client, runs)
    if as_json:
        described.pop("ResponseMetadata", None)
        shown = {"schedule": described, "runs": runs, "report": report, "violations": found}
        click.echo(json.dumps(shown, default=str))
        return
    console = Console(highlight=False)
    watched = described.get("EndpointName", "batch transforms")
    console.print(f"[bold]{name}[/] watches {watched} ({described['MonitoringType']}, {_expression(described)})")
    console.print(f"  {described['MonitoringScheduleStatus']}, alert {_coloured(_alert(client, name)['AlertStatus'])}")
    if not runs:
        console.print("  no run yet")
        return
    table = Table("scheduled", "status", "job", box=None, pad_edge=False)
    for run in runs:
        table.add_row(_moment(run["ScheduledTime"]), status(run), run.get("ProcessingJobArn", "").rpartition("/")[2])
    console.print(table)
    if found:
        console.print(violation_table(found))
    if report:
        console.print(f"  report: {report}", soft_wrap=True)


@monitor.command()
@click.argument("name")
@click.option("--wait", is_flag=True, help="Wait until the run is over; exit status 1 when it failed.")
@HOME
def run(name: str, wait: bool, home: Path | None) -> None:
    """Run the schedule NAME now, over the data of its last period."""
    client = Client(load(home=home).home)
    begun = begin(client, name)
    click.echo(f"Run of {_moment(begun['ScheduledTime'])} begun.")
    if wait:
        ended = awaited(client, name, begun)
        Console(highlight=False).print(status(ended))
        raise SystemExit(0 if ended["MonitoringExecutionStatus"].startswith("Completed") else 1)


def begin(client: Client, name: str) -> dict[str, Any]:
    """Begin a run of a schedule now; returns its summary. ClickException for a schedule that is stopped."""
    described = client.call("sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
    if described["MonitoringScheduleStatus"] != "Scheduled" and _expression(described) != "NOW":
        raise click.ClickException(
            f"{name} is {described['MonitoringScheduleStatus']}: start it by StartMonitoringSchedule first."
        )
    client.call("sagemaker", "StartMonitoringSchedule", MonitoringScheduleName=name)
    return _runs(client, name)[0]


def awaited(client: Client, name: str, begun: dict[str, Any]) -> dict[str, Any]:
    """The summary of a run once it is over."""
    while begun["MonitoringExecutionStatus"] in UNDER_WAY:
        time.sleep(WAIT_SECONDS)
        begun = next(one for one in _runs(client, name) if one["ScheduledTime"] == begun["ScheduledTime"])
    return begun


def _schedules(client: Client) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = client.call("sagemaker", "ListMonitoringSchedules", SortBy="Name", SortOrder="Ascending", **token)
        yield from page["MonitoringScheduleSummaries"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _runs(client: Client, name: str) -> list[dict[str, Any]]:
    listed = client.call("sagemaker", "ListMonitoringExecutions", MonitoringScheduleName=name, MaxResults=RUNS_SHOWN)
    return list(listed["MonitoringExecutionSummaries"])


def violations(client: Client, runs: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The folder of the newest report, and its violations."""
    done = [run for run in runs if run["MonitoringExecutionStatus"].startswith("Completed")]
    if not done:
        return "", []
    name = done[0]["ProcessingJobArn"].rpartition("/")[2]
    job = client.call("sagemaker", "DescribeProcessingJob", ProcessingJobName=name)
    report = str(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])
    if done[0]["MonitoringExecutionStatus"] == "Completed":
        return report, []
    bucket, _, key = f"{report}/constraint_violations.json".removeprefix("s3://").partition("/")
    body = client.call("s3", "GetObject", Bucket=bucket, Key=key)["Body"].read()
    return report, list(json.loads(body)["violations"])


def violation_table(found: list[dict[str, Any]]) -> Table:
    """The violations of a report, a line each."""
    table = Table("what", "check", "found", title=f"{len(found)} violations", title_justify="left")
    for one in found:
        subject = one.get("feature_name") or one.get("metric_name", "")
        if one.get("facet"):
            subject = f"{subject} ({one['facet']}={one.get('facet_value', '')})"
        table.add_row(subject, one.get("constraint_check_type", ""), one.get("description", "").strip())
    return table


def _alert(client: Client, name: str) -> dict[str, Any]:
    listed = client.call("sagemaker", "ListMonitoringAlerts", MonitoringScheduleName=name)
    return dict(listed["MonitoringAlertSummaries"][0])


def _expression(described: dict[str, Any]) -> str:
    config = described["MonitoringScheduleConfig"]
    return str(config.get("ScheduleConfig", {}).get("ScheduleExpression", "daily"))


def status(run: dict[str, Any]) -> str:
    """How a run stands, with why it failed, as rich prints it."""
    reason = run.get("FailureReason", "")
    if reason == NO_DATA:
        return "[dim]no new data[/]"
    return _coloured(run["MonitoringExecutionStatus"]) + (f": {reason}" if reason else "")


def _coloured(status: str) -> str:
    colour = COLOURS.get(status)
    return f"[{colour}]{status}[/]" if colour else status


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
