"""`ormer git-credential`: the credential helper that lets plain git clone from and push to repositories here.

    git config --global credential.http://127.0.0.1:4590.helper '!ormer git-credential'
    git config --global credential.http://127.0.0.1:4590.useHttpPath true

It speaks git's own protocol for helpers (https://git-scm.com/docs/git-credential) and answers only for this server and
for CodeCommit's host names, so that no other host ever sees a signature.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from ormer.aws.signatures import git_signature
from ormer.config import Config, load

AWS_HOST = re.compile(
    r"(?:git-codecommit(?:-fips)?|codeconnections|codestar-connections)\.([a-z0-9-]+)\.amazonaws\.com(?::443)?"
)
# A repository of ours, or one behind a code connection: what is signed is the path as git has it.
REPOSITORY = re.compile(r"/?(v1/repos/[^/]+|git-http/\d{12}/[a-z0-9-]+/[^/]+/[^/]+/.+[^/]).*")


@click.command("git-credential")
@click.argument("action", type=click.Choice(["get", "store", "erase"]))
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def git_credential(action: str, home: Path | None) -> None:
    """Give git a user name and a password for a repository of this server; git itself calls this.

    The password is signed with the keys in the environment, else with this home's root key, and lasts 15 minutes.
    """
    if action != "get":
        # Passwords are made anew each time: there is nothing to keep and nothing to forget.
        return
    asked = dict(line.rstrip("\n").partition("=")[::2] for line in sys.stdin if "=" in line)
    found = credential(load(home=home), asked, os.environ)
    for name, value in found.items():
        click.echo(f"{name}={value}")


def credential(config: Config, asked: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """{"username": …, "password": …} for what git asks, {} for hosts and paths that are not ours."""
    host = asked.get("host", "")
    path = REPOSITORY.fullmatch(asked.get("path", ""))
    if path is None or not _is_ours(config, host):
        return {}
    key_id, secret, token = _keys(config, environ)
    aws = AWS_HOST.fullmatch(host)
    region = aws[1] if aws else environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or config.region
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    signature = git_signature(secret, stamp, region, host, f"/{path[1]}")
    return {"username": f"{key_id}%{token}" if token else key_id, "password": f"{stamp}Z{signature}"}


def _is_ours(config: Config, host: str) -> bool:
    from ormer.homes import running

    state = running(config.home)
    names = {config.host, "127.0.0.1", "localhost"}
    ports = {config.port, config.tls_port} | ({state.port, state.tls_port} if state is not None else set())
    if state is not None:
        names.add(state.host)
    return AWS_HOST.fullmatch(host) is not None or host in {f"{name}:{port}" for name in names for port in ports}


def _keys(config: Config, environ: Mapping[str, str]) -> tuple[str, str, str]:
    """Key id, secret and session token: the environment's, else the home's root key."""
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        return environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ.get("AWS_SESSION_TOKEN", "")
    from ormer.aws.clock import WallClock
    from ormer.first_run import root_key
    from ormer.stores.stores import open_stores

    if not (config.home / "secret.key").exists():
        raise click.ClickException(f"There is no server's home at {config.home}: start one with `ormer up -d`.")
    stores = open_stores(config.home, config.database_url, WallClock())
    try:
        key = root_key(stores)
    finally:
        stores.close()
    return key.access_key_id, key.secret, ""
