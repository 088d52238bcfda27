"""`ormer up`: the server, in the foreground or behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from ormer.aws.clock import WallClock
from ormer.cli.endings import Ending
from ormer.cli.studio import sign_in_link
from ormer.config import Config, load
from ormer.homes import HomeInUse, Running, running
from ormer.stores.stores import Stores, open_stores

START_SECONDS = 60.0


@click.command()
@click.option("-d", "--detach", is_flag=True, help="Run in the background; `ormer down` ends it.")
@click.option("--port", type=int, help="HTTP port (default 4590).")
@click.option("--tls-port", type=int, help="TLS and proxy port (default 4591).")
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--home", type=click.Path(path_type=Path), help="Folder for all state (default ~/.ormer).")
def up(detach: bool, port: int | None, tls_port: int | None, host: str | None, home: Path | None) -> None:
    """Start the server.

    It answers AWS's wire on http://127.0.0.1:4590, and on port 4591 with TLS and as a proxy for the hosts that
    SDKs hard-code. The first start makes a home with a random root key.
    """
    console = Console(stderr=True, highlight=False)
    try:
        config = load(home=home, port=port, tls_port=tls_port, host=host)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if detach:
        _detach(config, console)
    else:
        _foreground(config, console)


def _foreground(config: Config, console: Console) -> None:
    from ormer.logs import configure
    from ormer.server import PortInUse, Server

    began = time.monotonic()
    configure(config)
    try:
        server = Server(config)
    except (HomeInUse, PortInUse) as error:
        raise click.ClickException(str(error)) from None
    ending = Ending()
    server.start()
    _welcome(server.config, server.house.stores, console, time.monotonic() - began)
    ending.wait()
    console.print("Stopping; running jobs go on and are found again at the next start.")
    server.stop()


def _detach(config: Config, console: Console) -> None:
    found = running(config.home)
    if found is not None:
        console.print(f"The server runs already (pid {found.pid}) on http://{found.host}:{found.port}")
        return
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (config.home / "logs").mkdir(exist_ok=True)
    words = [sys.executable, "-m", "ormer", "up", "--home", str(config.home), "--port", str(config.port)]
    words += ["--tls-port", str(config.tls_port), "--host", config.host]
    began = time.monotonic()
    with (config.home / "logs" / "start.log").open("wb") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=os.environ
        )
    state = _await(config, process)
    if state is None:
        raise click.ClickException(
            (config.home / "logs" / "start.log").read_text().strip() or "The server ended at once."
        )
    started = load(home=config.home, port=state.port, tls_port=state.tls_port, host=state.host)
    stores = open_stores(started.home, started.database_url, WallClock())
    _welcome(started, stores, console, time.monotonic() - began)
    stores.close()


def _await(config: Config, process: subprocess.Popen[bytes]) -> Running | None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        state = running(config.home)
        if state is not None and state.pid == process.pid:
            return state
        time.sleep(0.05)
    return None


def _welcome(config: Config, stores: Stores, console: Console, seconds: float) -> None:
    console.print(f"[bold]ormer[/] answers on [cyan]{config.endpoint}[/] (started in {seconds:.1f} s)")
    console.print(f"  home      {config.home}")
    console.print('  connect   [green]eval "$(ormer env)"[/]      then run your SageMaker code unchanged')
    console.print(f"  studio    [cyan]{sign_in_link(stores, config)}[/]", soft_wrap=True)
    console.print("            opens once, within 15 minutes; `ormer studio` prints another")
    console.print("  look      ormer status · ormer logs · ormer doctor")
