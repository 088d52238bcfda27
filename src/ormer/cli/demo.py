"""`ormer demo`: from a project's template to a model in production, told while it happens.

A client of the operations, as a person with a terminal and git would be; nothing more.
"""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console

from ormer.cli import demo_endpoint, demo_story
from ormer.cli.client import Client
from ormer.cli.demo_story import Told
from ormer.cli.endings import Ending
from ormer.cli.studio import sign_in_link
from ormer.config import Config, load
from ormer.homes import HomeInUse, running
from ormer.server import PortInUse, Server

STOP_SECONDS = 30.0


@click.command()
@click.option("--once", is_flag=True, help="End when the story ends; exit status 0 only if every step succeeded.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder for all state (default ~/.ormer).")
@click.option("--port", type=int, help="HTTP port (default 4590).")
@click.option("--tls-port", type=int, help="TLS and proxy port (default 4591).")
def demo(once: bool, home: Path | None, port: int | None, tls_port: int | None) -> None:
    """Start the server, make a project of the template with everything, and carry a commit to production.

    A home that has the demo's project already sees another commit go the same way.
    """
    console = Console(highlight=False)
    config = load(home=home, port=port, tls_port=tls_port)
    server = _start(config, console)
    config = _found(config) if server is None else server.config
    told = None
    _show_studio(console, server)
    try:
        told = demo_story.tell(Client(config.home), config, console)
        if not once and server is not None:
            _keep_serving(console, config, told)
    finally:
        if server is not None:
            server.stop()
            if once:
                _end_instances(config.home)
    if told is None:
        raise SystemExit(1)


def _start(config: Config, console: Console) -> Server | None:
    if running(config.home) is not None:
        console.print(f"[green]✓[/] using the server that runs in {config.home}")
        return None
    from ormer.logs import configure

    configure(config)
    began = time.monotonic()
    try:
        server = Server(config)
    except (HomeInUse, PortInUse) as error:
        raise click.ClickException(str(error)) from None
    server.start()
    console.print(
        f"[green]✓[/] ormer answers on [cyan]{server.config.endpoint}[/] "
        f"(started in {time.monotonic() - began:.1f} s, home {config.home})",
        soft_wrap=True,
    )
    return server


def _show_studio(console: Console, server: Server | None) -> None:
    """Where the story can be watched in a browser; a server that ran before gives its links by `ormer studio`."""
    if server is None:
        console.print("  watch it in a browser: the link that [green].venv/bin/ormer studio[/] prints")
        return
    link = sign_in_link(server.house.stores, server.config)
    console.print(f"  watch it in a browser (opens once, within 15 minutes): [cyan]{link}[/]", soft_wrap=True)


def _found(config: Config) -> Config:
    """The configuration with the ports of the server that runs in its home."""
    state = running(config.home)
    if state is None:
        return config
    return load(home=config.home, host=state.host, port=state.port, tls_port=state.tls_port)


def _end_instances(home: Path) -> None:
    """End the model servers of the endpoints, which outlive the server: its next start brings them back."""
    from ormer.engines.hosting.instances import running_instances
    from ormer.engines.tracking.folders import running_servers

    instances = [*running_instances(home), *running_servers(home)]
    for handle in instances:
        handle.stop()
    for handle in instances:
        handle.wait(STOP_SECONDS)
        handle.close()


def _keep_serving(console: Console, config: Config, told: Told | None) -> None:
    console.print(
        '\nServing until Ctrl-C. In another shell: [green]eval "$(.venv/bin/ormer env)"[/], then look around:'
    )
    console.print("  .venv/bin/ormer studio                another link that opens Studio in a browser")
    console.print("  .venv/bin/ormer status")
    if told is not None:
        project = told.project
        repository = f"git-codecommit.{config.region}.amazonaws.com/v1/repos/{project.resource('modelbuild')}"
        console.print(f"  git clone https://{repository}", soft_wrap=True)
        console.print(f"  aws sagemaker list-model-packages --model-package-group-name {project.group}")
        console.print(f"  .venv/bin/ormer invoke {project.endpoint('prod')} --data {demo_endpoint.ANIMALS[0][0]}")
    Ending().wait()
