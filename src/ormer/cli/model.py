"""`ormer model`: what happened to a version of a model."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from ormer.cli.client import Client, opened
from ormer.cli.project import HOME, console_of
from ormer.config import load
from ormer.stores import model_activity
from ormer.stores.model_activity import Happening


@click.group()
def model() -> None:
    """Versions of models in the registry."""


@model.command("show")
@click.argument("version", metavar="GROUP[/VERSION] or ARN")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@HOME
def show(version: str, as_json: bool, home: Path | None) -> None:
    """Show who registered, approved or rejected a version, and where it was deployed. Default: the newest version.

    Example: ormer model show churn-p-abc123/2
    """
    folder = load(home=home).home
    client = Client(folder)
    arn = _arn(client, version)
    described = client.call("sagemaker", "DescribeModelPackage", ModelPackageName=arn)
    with opened(folder) as stores, stores.database.read() as tx:
        happenings = model_activity.activity(tx, arn)
    stage = model_activity.last_stage(happenings)
    if as_json:
        found = {"arn": arn, "status": described["ModelApprovalStatus"], "last stage": stage}
        click.echo(json.dumps({**found, "activity": [asdict(one) for one in happenings]}, indent=2))
        return
    console = console_of()
    console.print(f"[bold]{arn.rpartition(':model-package/')[2]}[/] {described.get('ModelApprovalStatus', '')}")
    console.print(f"last stage: {stage or 'not deployed'}")
    table = Table("when", "what", "who", "comment", box=None, pad_edge=False, header_style="dim")
    for one in happenings:
        table.add_row(_time(one.time), _what(one), one.who.rpartition(":")[2], one.text)
    console.print(table)


def _arn(client: Client, version: str) -> str:
    """The ARN of `group/version`, or of a group's newest version. Raises ClickException."""
    if version.startswith("arn:"):
        return version
    group, _, number = version.partition("/")
    if number:
        return f"arn:aws:sagemaker:{client.region}:{client.account}:model-package/{group}/{number}"
    listed = client.call("sagemaker", "ListModelPackages", ModelPackageGroupName=group, MaxResults=1)
    if not listed["ModelPackageSummaryList"]:
        raise click.ClickException(f"The group {group} has no version yet.")
    return str(listed["ModelPackageSummaryList"][0]["ModelPackageArn"])


def _what(one: Happening) -> str:
    if one.what != "deployed":
        return one.what
    return f"deployed to endpoint {one.endpoint}" + (f" ({one.stage})" if one.stage else "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
