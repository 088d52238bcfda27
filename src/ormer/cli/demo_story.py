"""The demo's story: a project, its first runs, a commit, a model, approvals, staging, production, monitors."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console

from ormer.cli import demo_build, demo_commit, demo_endpoint, demo_monitors, demo_project
from ormer.cli.client import Client
from ormer.cli.demo_board import Line, watch
from ormer.cli.demo_build import Pipeline
from ormer.cli.demo_delivery import FINAL, Delivery
from ormer.cli.demo_project import Project
from ormer.config import Config

COMMENT = "The demo approves what passed all its checks."
READY = "Staging answers as it should."
WATCHED = "Production is in service."
# How each delivery of a new project ends by itself: nothing is approved yet, and no endpoint stands.
FIRST_RUNS = {"modelbuild": "Succeeded", "modeldeploy": "Failed", "modelmonitor": "Failed"}


@dataclass
class Told:
    """What the story came to. Times are seconds since the commit arrived."""

    project: Project
    version: str = ""
    registered_seconds: float = 0.0
    production_seconds: float = 0.0


def tell(client: Client, config: Config, console: Console) -> Told | None:
    """Tell the story once. Returns what it came to; None unless every step succeeded."""
    project = demo_project.standing(client)
    if project is not None:
        console.print(f"[green]✓[/] using the project [bold]{project.name}[/] that is there")
    else:
        project = demo_project.create(client, console)
        if project is None or not _first_runs(client, project, console):
            return None
    told = Told(project)
    began = _commit(client, config, told, console)
    if began is None:
        return None
    told.registered_seconds = time.monotonic() - began
    monitoring = _known(client, project, "modelmonitor")
    if not _deployed(client, told, console):
        return None
    told.production_seconds = time.monotonic() - began
    demo_endpoint.ask(client, project.endpoint("prod"), console)
    if not _monitored(client, project, monitoring, console):
        return None
    console.print(
        f"[green]✓[/] from the commit to a registered model in [bold]{told.registered_seconds:.0f} s[/], "
        f"to production in [bold]{told.production_seconds:.0f} s[/]"
    )
    return told


def _first_runs(client: Client, project: Project, console: Console) -> bool:
    """Watch the deliveries that begin by themselves. Returns whether each ended as it should."""
    console.print("each delivery begins by itself, once:")
    deliveries = {word: Delivery(client, project.resource(word)) for word in FIRST_RUNS}
    runs = {word: delivery.begun(()) for word, delivery in deliveries.items()}
    pipeline = Pipeline(client, project)

    def look() -> tuple[list[Line], bool]:
        done = all(deliveries[word].status(run) in FINAL for word, run in runs.items())
        lines = [
            Line(f"{word}: {line.name}", line.status, line.began, line.ended)
            for word, run in runs.items()
            for line in deliveries[word].lines(run)
        ]
        return [*lines, *pipeline.lines()], done

    watch(console, look)
    good = True
    for word, wanted in FIRST_RUNS.items():
        status = deliveries[word].status(runs[word])
        good = good and status == wanted
        mark = "[green]✓[/]" if status == wanted else "[red]✕[/]"
        expected = ", as expected:" if status == wanted == "Failed" else ""
        console.print(f"{mark} {word} {status}{expected}")
        if status != "Succeeded":
            console.print(f"    {deliveries[word].reason(runs[word])}", markup=False, soft_wrap=True)
    if good:
        demo_build.show(client, pipeline.version(), console)
    return good


def _commit(client: Client, config: Config, told: Told, console: Console) -> float | None:
    """Push a commit and follow it to a registered version. Returns when it was pushed, None when nothing came of it."""
    delivery = Delivery(client, told.project.resource("modelbuild"))
    known, pipeline = delivery.executions(), Pipeline(client, told.project)
    commit, message = demo_commit.push(config, delivery.name)
    began = time.monotonic()
    console.print(f"[green]✓[/] pushed {commit[:8]} [italic]{message}[/]")
    execution = delivery.begun(known)
    told.version = demo_build.registered(delivery, execution, pipeline, console)
    if not told.version:
        return None
    demo_build.show(client, told.version, console)
    return began


def _deployed(client: Client, told: Told, console: Console) -> bool:
    """Approve the version and bring it to staging, through its test and a person's approval, to production."""
    delivery = Delivery(client, told.project.resource("modeldeploy"))
    known = delivery.executions()
    client.call(
        "sagemaker",
        "UpdateModelPackage",
        ModelPackageArn=told.version,
        ModelApprovalStatus="Approved",
        ApprovalDescription=COMMENT,
    )
    console.print(f"[green]✓[/] approved: {COMMENT}")
    return _through(delivery, delivery.begun(known), READY, console)


def _monitored(client: Client, project: Project, known: list[str], console: Console) -> bool:
    """Follow the delivery that the staging endpoint has started to monitors on both endpoints, and try one."""
    delivery = Delivery(client, project.resource("modelmonitor"))
    if not _through(delivery, delivery.begun(known), WATCHED, console):
        return False
    listed = client.call("sagemaker", "ListMonitoringSchedules", NameContains=project.name, SortBy="Name")
    for schedule in listed["MonitoringScheduleSummaries"]:
        name, status = schedule["MonitoringScheduleName"], schedule["MonitoringScheduleStatus"]
        console.print(f"    {name:40} {status}", soft_wrap=True)
    if demo_monitors.drift(client, project.endpoint("prod"), f"{project.name}-prod-DataQuality", console):
        return True
    console.print("[red]✕[/] the monitor has not found the drift")
    return False


def _known(client: Client, project: Project, word: str) -> list[str]:
    return Delivery(client, project.resource(word)).executions()


def _through(delivery: Delivery, execution: str, comment: str, console: Console) -> bool:
    """Follow an execution to its end, giving the approval it asks for. Returns whether it succeeded."""
    status = delivery.follow(execution, console)
    waiting = delivery.waiting(execution)
    if waiting is not None:
        delivery.approve(waiting, comment)
        console.print(f"[green]✓[/] {waiting['action']} approved: {comment}")
        status = delivery.follow(execution, console)
    if status == "Succeeded":
        console.print(f"[green]✓[/] {delivery.name} has succeeded", soft_wrap=True)
        return True
    console.print(f"[red]✕[/] {delivery.name} is {status}: ", delivery.reason(execution), soft_wrap=True)
    return False
