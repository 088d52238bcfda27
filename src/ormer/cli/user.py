"""`ormer user`: people who look at Studio. Each is an IAM user whose role is a managed policy of the account."""

from __future__ import annotations

from pathlib import Path

import click

from ormer.aws.clock import WallClock
from ormer.aws.studio_roles import ROLES
from ormer.cli.client import Client
from ormer.cli.studio import sign_in_link
from ormer.config import load
from ormer.homes import running
from ormer.stores.stores import open_stores
from ormer.stores.studio import links, sessions
from ormer.studio.people import People

HOME = click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")


@click.group()
def user() -> None:
    """People who look at Studio."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), default="viewer", show_default=True)
@HOME
def add(name: str, role: str, home: Path | None) -> None:
    """Add a person, or give one another role, and print a link that signs them in once."""
    click.echo(_link(home, _people(home).add(name, role)))


@user.command()
@click.argument("name")
@HOME
def link(name: str, home: Path | None) -> None:
    """Print another link that signs a person in once."""
    client = Client(load(home=home).home)
    found = client.call("iam", "GetUser", UserName=name)["User"]
    click.echo(_link(home, found["Arn"]))


@user.command("list")
@HOME
def listing(home: Path | None) -> None:
    """Show everybody who was added, and their role."""
    for found in _people(home).listed():
        click.echo(f"{found['name']:24} {found['role'] or 'no role'}")


@user.command()
@click.argument("name")
@HOME
def remove(name: str, home: Path | None) -> None:
    """Remove a person and their keys: their sessions end, and their links open nothing."""
    config = load(home=home)
    arn = _people(home).remove(name)
    stores = open_stores(config.home, config.database_url, WallClock())
    with stores.database.write() as tx:
        sessions.end_all_of(tx, arn)
        links.forget_all_of(tx, arn)
    stores.close()


def _people(home: Path | None) -> People:
    client = Client(load(home=home).home)
    return People(lambda operation, request: client.call("iam", operation, **request), client.account)


def _link(home: Path | None, arn: str) -> str:
    config = load(home=home)
    state = running(config.home)
    if state is None:
        raise click.ClickException("No server runs in this home. Start one with `ormer up -d`.")
    found = load(home=config.home, host=state.host, port=state.port, tls_port=state.tls_port)
    stores = open_stores(found.home, found.database_url, WallClock())
    try:
        return sign_in_link(stores, found, arn)
    finally:
        stores.close()
