"""`ormer user`: people who look at Studio. Each is an IAM user whose role is a managed policy of the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError

from ormer.aws.clock import WallClock
from ormer.aws.studio_roles import PATH, ROLES, policy_name
from ormer.cli.client import Client
from ormer.cli.studio import sign_in_link
from ormer.config import load
from ormer.homes import running
from ormer.stores.stores import open_stores
from ormer.stores.studio import links, sessions

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
    client = Client(load(home=home).home)
    iam = client.client("iam")
    try:
        arn = iam.get_user(UserName=name)["User"]["Arn"]
    except ClientError:
        arn = iam.create_user(UserName=name, Path=PATH)["User"]["Arn"]
    for attached in _roles(iam, name):
        iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
    iam.attach_user_policy(UserName=name, PolicyArn=_policy(iam, arn.split(":")[4], role))
    click.echo(_link(home, arn))


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
    iam = Client(load(home=home).home).client("iam")
    for found in (each for each in iam.list_users()["Users"] if each["Path"] == PATH):
        named = [policy["PolicyName"].removeprefix("Ormer").lower() for policy in _roles(iam, found["UserName"])]
        click.echo(f"{found['UserName']:24} {', '.join(named) or 'no role'}")


@user.command()
@click.argument("name")
@HOME
def remove(name: str, home: Path | None) -> None:
    """Remove a person: their sessions end, and their links open nothing."""
    config = load(home=home)
    iam = Client(config.home).client("iam")
    try:
        arn = iam.get_user(UserName=name)["User"]["Arn"]
        for attached in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
        iam.delete_user(UserName=name)
    except ClientError as error:
        raise click.ClickException(str(error)) from None
    stores = open_stores(config.home, config.database_url, WallClock())
    with stores.database.write() as tx:
        sessions.end_all_of(tx, arn)
        links.forget_all_of(tx, arn)
    stores.close()


def _roles(iam: Any, name: str) -> Iterator[dict[str, Any]]:
    """The attached policies that are roles."""
    named = {policy_name(role) for role in ROLES}
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    return (policy for policy in attached if policy["PolicyName"] in named)


def _policy(iam: Any, account: str, role: str) -> str:
    """The ARN of the role's policy; made, or brought up to date, where it is not what this ormer says."""
    arn = f"arn:aws:iam::{account}:policy{PATH}{policy_name(role)}"
    document = json.dumps(ROLES[role])
    try:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    except ClientError:
        made: str = iam.create_policy(PolicyName=policy_name(role), Path=PATH, PolicyDocument=document)["Policy"]["Arn"]
        return made
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    if found != ROLES[role]:
        for old in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not old["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=old["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    return arn


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
