"""`ormer studio`: a link that opens Studio in a browser, signed in as the owner of the home."""

from __future__ import annotations

from pathlib import Path

import click

from ormer.aws.clock import WallClock
from ormer.aws.identities import root_identity
from ormer.config import Config, load
from ormer.homes import running
from ormer.stores.stores import Stores, open_stores
from ormer.stores.studio import links

# What a person can type where the server listens on every address.
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})


@click.command()
@click.option("--open", "opens", is_flag=True, help="Open the link in this machine's browser.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def studio(opens: bool, home: Path | None) -> None:
    """Print a link that opens Studio, signed in as root. It opens once, within 15 minutes."""
    config = load(home=home)
    state = running(config.home)
    if state is None:
        raise click.ClickException("No server runs in this home. Start one with `ormer up -d`.")
    found = load(home=config.home, host=state.host, port=state.port, tls_port=state.tls_port)
    stores = open_stores(found.home, found.database_url, WallClock())
    link = sign_in_link(stores, found)
    stores.close()
    click.echo(link)
    if opens:
        click.launch(link)


def sign_in_link(stores: Stores, config: Config, arn: str | None = None) -> str:
    """A link for the identity with this ARN, the root of the home when None.

    The token stands behind the `#`: browsers keep that to themselves, so it is in no server's log.
    """
    with stores.database.write() as tx:
        token = links.make(tx, arn or root_identity(config.account).arn, stores.clock.now())
    host = "localhost" if config.host in ANY_ADDRESS else config.host
    return f"http://{host}:{config.port}/studio/#sign-in={token}"
