"""`ormer project`: projects made, listed, looked at and deleted. A client of the operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ormer.cli import project_page, stack_progress, templates
from ormer.cli.client import Client
from ormer.config import load

JsonDict = dict[str, Any]
WIDTH_ELSEWHERE = 1000


@click.group()
def project() -> None:
    """MLOps projects: repositories, delivery pipelines and rules, made of one template.

    \b
      ormer template list                  what there is to choose from
      ormer project create churn           the first of them, watched while it is made
      ormer project show churn             all that belongs to it, and how to clone it
      ormer project delete churn           what the template made goes; data and endpoints stay

    boto3 does the same: create_project, describe_project, list_projects, delete_project.
    """


HOME = click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")


def pairs(values: tuple[str, ...], what: str) -> dict[str, str]:
    """{key: value} of options `key=value`. Raises BadParameter."""
    found = {}
    for value in values:
        key, separator, text = value.partition("=")
        if not separator or not key:
            raise click.BadParameter(f"{value!r} is not of the form KEY=VALUE.", param_hint=f"--{what}")
        found[key] = text
    return found


@project.command("create")
@click.argument("name")
@click.option("--template", help="A template's id, as `ormer template list` shows it. Default: the first.")
@click.option("--description", help="What the project is about.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag for all that is made; may be repeated.")
@click.option("--parameter", "parameters", multiple=True, metavar="KEY=VALUE", help="What the template asks for.")
@click.option("--wait/--no-wait", default=True, help="Watch until it stands, or return at once.")
@HOME
def create(
    name: str,
    template: str | None,
    description: str | None,
    tags: tuple[str, ...],
    parameters: tuple[str, ...],
    wait: bool,
    home: Path | None,
) -> None:
    """Make a project and watch its resources come up. Exit status 1 when it fails.

    Example: ormer project create churn --template model-building-and-training --tag team=growth
    """
    client, console = Client(load(home=home).home), Console(highlight=False)
    choice = templates.chosen(client, template)
    request = choice.request(pairs(parameters, "parameter"))
    if description:
        request["ProjectDescription"] = description
    given = [{"Key": key, "Value": value} for key, value in pairs(tags, "tag").items()]
    made = client.call("sagemaker", "CreateProject", ProjectName=name, Tags=given, **request)
    console.print(f"[bold]{name}[/] ({made['ProjectId']}) is made of: {choice.title}", soft_wrap=True)
    if not wait:
        return
    ended = _watched(client, name, console)
    if ended["ProjectStatus"] != "CreateCompleted":
        raise click.ClickException(f"{name} ended {ended['ProjectStatus']}. {_message(ended)}")
    console.print(f"[green]✓[/] {name} stands. `ormer project show {name}` shows all of it.", soft_wrap=True)


@project.command("list")
@click.option("--all", "deleted", is_flag=True, help="Deleted ones too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@HOME
def list_projects(deleted: bool, as_json: bool, home: Path | None) -> None:
    """List the projects, the newest first."""
    client = Client(load(home=home).home)
    found = client.pages("sagemaker", "ListProjects", "ProjectSummaryList")
    shown = [one for one in found if deleted or one["ProjectStatus"] != "DeleteCompleted"]
    if as_json:
        click.echo(json.dumps(shown, default=str, indent=2))
        return
    if not shown:
        click.echo("There is no project yet: `ormer project create NAME` makes one.")
        return
    table = Table("name", "id", "status", "created", "description", box=None, pad_edge=False)
    for one in shown:
        created = one["CreationTime"].strftime("%Y-%m-%d %H:%M")
        description = one.get("ProjectDescription", "")
        table.add_row(one["ProjectName"], one["ProjectId"], one["ProjectStatus"], created, description)
    console_of().print(table)


@project.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@HOME
def show(name: str, as_json: bool, home: Path | None) -> None:
    """Show all that belongs to a project: repositories, deliveries, pipelines, models, endpoints."""
    folder = load(home=home).home
    client = Client(folder)
    described = client.call("sagemaker", "DescribeProject", ProjectName=name)
    found = project_page.collect(folder, described["ProjectArn"])
    if as_json:
        click.echo(json.dumps(found, default=str, indent=2))
        return
    project_page.render(console_of(), described, found)


@project.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@HOME
def delete(name: str, yes: bool, home: Path | None) -> None:
    """Delete a project with what its template made, and say what stays."""
    folder = load(home=home).home
    client, console = Client(folder), Console(highlight=False)
    described = client.call("sagemaker", "DescribeProject", ProjectName=name)
    if not yes:
        click.confirm(f"Delete {name} with its repositories and delivery pipelines?", abort=True)
    client.call("sagemaker", "DeleteProject", ProjectName=name)
    ended = _watched(client, name, console)
    if ended["ProjectStatus"] != "DeleteCompleted":
        raise click.ClickException(f"{name} ended {ended['ProjectStatus']}. {_message(ended)}")
    console.print(f"[green]✓[/] {name} is deleted. {_message(ended)}".rstrip(), soft_wrap=True)
    project_page.render_left(console, project_page.collect(folder, described["ProjectArn"]))


def console_of() -> Console:
    """A console whose tables are not cut to 80 columns when they are not shown on a terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH_ELSEWHERE)


def _watched(client: Client, name: str, console: Console) -> JsonDict:
    """Show the project's stack until the project is no longer under way; returns its description."""
    latest: JsonDict = {}

    def is_over() -> bool:
        latest.update(client.call("sagemaker", "DescribeProject", ProjectName=name))
        status = latest["ProjectStatus"]
        return status != "Pending" and not status.endswith("InProgress")

    is_over()
    stack_progress.watch(client, _stack(client, latest), is_over, console)
    return latest


def _stack(client: Client, described: JsonDict) -> str:
    """The id of a project's stack."""
    if "TemplateProviderDetails" in described:
        detail = described["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
        return str(detail["StackDetail"]["Id"])
    identifier = described["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    query = {"SearchQuery": [f"id:{identifier}"]}
    (found,) = client.call("servicecatalog", "SearchProvisionedProducts", Filters=query)["ProvisionedProducts"]
    return str(found["PhysicalId"])


def _message(described: JsonDict) -> str:
    """What the project says of how it ended."""
    if "TemplateProviderDetails" in described:
        detail = described["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
        return str(detail["StackDetail"]["StatusMessage"])
    return str(described["ServiceCatalogProvisionedProductDetails"].get("ProvisionedProductStatusMessage", ""))
