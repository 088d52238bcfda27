"""`ormer connection`: code connections, and which Git repositories stand behind them.

What stands behind a connection is written by the owner of the home alone, not over the wire: it makes the server read
folders and ask hosts.
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from ormer.cli.client import Client, opened
from ormer.cli.project import HOME, console_of
from ormer.config import Config, load
from ormer.stores import connections
from ormer.stores.connections import EVERY, Remote, Unusable

PROVIDERS = ("GitHub", "Bitbucket", "GitLab", "GitHubEnterpriseServer", "GitLabSelfManaged", "AzureDevOps")


@click.group()
def connection() -> None:
    """Code connections: what `CodeStarSourceConnection` sources and templates for third-party Git name.

    \b
      ormer connection create github
      ormer connection use github --url 'https://github.com/{repository}.git'
      ormer connection use github --full-repository-id me/churn --url ~/src/churn
      ormer connection use github --full-repository-id me/model --repository modelbuild

    A connection is PENDING until something stands behind it. {repository} is the FullRepositoryId that a pipeline
    names. Pushes to a repository of ormer's own start the pipelines behind it at once.
    """


@connection.command("create")
@click.argument("name")
@click.option("--provider", type=click.Choice(PROVIDERS), default="GitHub", show_default=True)
@HOME
def create(name: str, provider: str, home: Path | None) -> None:
    """Make a connection and print its ARN."""
    client = Client(load(home=home).home)
    made = client.call("codeconnections", "CreateConnection", ConnectionName=name, ProviderType=provider)
    click.echo(made["ConnectionArn"])


@connection.command("list")
@HOME
def list_connections(home: Path | None) -> None:
    """List the connections and what stands behind each."""
    config = load(home=home)
    table = Table("name", "status", "repository id", "stands behind it", "arn", box=None, pad_edge=False)
    with opened(config.home) as stores, stores.database.read() as tx:
        for row in connections.listed(tx, config.account, config.region):
            uses = row.facts.get(connections.USES) or {"": {}}
            for identifier, remote in uses.items():
                target = remote.get("url") or remote.get("repository", "")
                table.add_row(row.name, row.status, identifier, target, row.arn)
    console_of().print(
        table if table.row_count else "There is no connection: `ormer connection create NAME` makes one."
    )


@connection.command("use")
@click.argument("name", metavar="NAME-OR-ARN")
@click.option(
    "--full-repository-id", default=EVERY, help="Which repository is meant. Default: every one it is asked for."
)
@click.option("--url", help="An https:// or http:// address, or a folder on this machine. May hold {repository}.")
@click.option("--repository", help="The name of a repository that ormer itself hosts.")
@HOME
def use(name: str, full_repository_id: str, url: str | None, repository: str | None, home: Path | None) -> None:
    """Say which Git repository stands behind a connection; it is AVAILABLE from then on.

    A name and password in the address (https://name:token@host/…) are kept sealed and shown nowhere.
    """
    if (url is None) == (repository is None):
        raise click.UsageError("Give exactly one of --url and --repository.")
    config = load(home=home)
    remote = Remote(repository=repository) if repository else Remote(url=_address(url or ""))
    with opened(config.home) as stores, stores.database.write() as tx:
        row = connections.find(tx, config.account, config.region, name)
        if row is None:
            raise click.ClickException(f"There is no connection {name}: `ormer connection list` shows what there is.")
        if repository and stores.repositories.row(config.account, config.region, repository) is None:
            raise click.ClickException(f"There is no repository {repository} here.")
        try:
            connections.use(tx, row, stores.vault, full_repository_id, remote, stores.clock.now())
        except Unusable as error:
            raise click.ClickException(str(error)) from None
    click.echo(
        f"{row.name} is AVAILABLE: {repository or _shown(config, row.arn, full_repository_id)} stands behind it."
    )


def _address(url: str) -> str:
    """An address as it is; a folder as one. Raises ClickException for a folder that is not there."""
    if "://" in url:
        return url
    folder = Path(url).expanduser().absolute()
    if connections.PLACE not in url and not folder.is_dir():
        raise click.ClickException(f"{folder} is no folder. An address begins with https://, http:// or file:///.")
    return f"file://{folder}"


def _shown(config: Config, arn: str, identifier: str) -> str:
    """The address without what is secret."""
    with opened(config.home) as stores, stores.database.read() as tx:
        row = connections.find(tx, config.account, config.region, arn)
        assert row is not None, "it was found a moment ago"
        return str(row.facts[connections.USES][identifier]["url"])
