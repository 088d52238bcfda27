"""`ormer env`: what a client needs to find the server, in the words of the shell at hand."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from ormer.aws.addresses import GIT_HOSTS
from ormer.config import Config, load
from ormer.homes import running

SESSION_DAYS = 30


@click.command()
@click.option(
    "--shell",
    type=click.Choice(["sh", "fish", "powershell", "dotenv"]),
    default="sh",
    show_default=True,
    help="Whose syntax to print.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--full", is_flag=True, help="Also the proxy and CA that answer hosts SDKs hard-code, such as sts.")
@click.option("--root", is_flag=True, help="The root key instead of a session of the SageMaker execution role.")
@click.option("--region", help="Region to work in (default us-east-1).")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def env(shell: str, as_json: bool, full: bool, root: bool, region: str | None, home: Path | None) -> None:
    """Print the variables that point boto3, the AWS CLI and the SageMaker SDK at this server.

    \b
      eval "$(ormer env)"                        sh, bash, zsh
      ormer env --shell fish | source            fish
      ormer env --shell powershell | iex         PowerShell

    The credentials are a session of the SageMaker execution role that lasts 30 days, so get_execution_role() works.
    """
    config = load(home=home, region=region)
    state = running(config.home)
    if state is not None:
        config = load(home=home, region=region, host=state.host, port=state.port, tls_port=state.tls_port)
    variables = variables_for(config, root=root, full=full)
    if as_json:
        click.echo(json.dumps(variables, indent=2))
        return
    write = WRITERS[shell]
    for name, value in variables.items():
        click.echo(write(name, value))
    if state is None:
        click.echo("No server runs yet: start one with `ormer up -d`.", err=True)


def variables_for(config: Config, *, root: bool = False, full: bool = False) -> dict[str, str]:
    """{name: value} for a client of this home's server; makes a session key unless `root`."""
    from ormer.aws.clock import WallClock
    from ormer.aws.identities import session_identity
    from ormer.first_run import root_key, settle, use_role_arn
    from ormer.gateway.proxy_passwords import password_of
    from ormer.stores.stores import open_stores

    stores = open_stores(config.home, config.database_url, WallClock())
    try:
        settle(stores, config)
        if root:
            key = root_key(stores)
        else:
            with stores.database.write() as tx:
                identity = session_identity(use_role_arn(config.account), "ormer")
                key = stores.keys.make(tx, identity, SESSION_DAYS * 86_400)
    finally:
        stores.close()
    variables = {
        "AWS_ENDPOINT_URL": config.endpoint,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_SESSION_TOKEN": key.session_token or "",
        "AWS_DEFAULT_REGION": config.region,
        "AWS_REGION": config.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(sdk_config(config)),
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
        # MLflow's plugin names hosts of its own, whatever the endpoint.
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": config.endpoint,
    }
    variables |= git_variables(config, os.environ)
    if full:
        variables |= proxy_variables(config, key.access_key_id, password_of(key))
        # SDK 2 checks a configuration file anew at each look-up, which takes ten seconds of a pipeline's definition.
        # What it tells of itself goes to amazonaws.com and ends here; the default bucket's name is its own choice.
        variables["SAGEMAKER_USER_CONFIG_OVERRIDE"] = ""
        # StartSyncExecution puts `sync-` before the host's name, which only a host with a name can bear.
        variables["AWS_ENDPOINT_URL_SFN"] = f"https://states.{config.region}.amazonaws.com"
    return variables


def git_variables(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """What makes plain git clone and push repositories here.

    A credential helper for this server's URLs, and the URLs of CodeCommit and of code connections rewritten to ours.
    What others have set for git in `environ` is kept.
    """
    # With the home: without it the helper would look for the ports of the usual one.
    helper = f"!{shlex.quote(sys.executable)} -m ormer git-credential --home {shlex.quote(str(config.home))}"
    ours = []
    for place in (config.endpoint, f"https://{config.host}:{config.tls_port}"):
        ours += [(f"credential.{place}.helper", helper), (f"credential.{place}.useHttpPath", "true")]
    hosts = (f"https://{name}.{config.region}.amazonaws.com/" for name in GIT_HOSTS)
    ours += [(f"url.{config.endpoint}/.insteadOf", host) for host in hosts]
    kept = [
        (environ.get(f"GIT_CONFIG_KEY_{at}", ""), environ.get(f"GIT_CONFIG_VALUE_{at}", ""))
        for at in range(int(environ.get("GIT_CONFIG_COUNT") or 0))
    ]
    names = {name for name, _ in ours}
    settings = [(name, value) for name, value in kept if name and name not in names] + ours
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for at, (name, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{at}": name, f"GIT_CONFIG_VALUE_{at}": value}
    return variables


def proxy_variables(config: Config, user: str, password: str) -> dict[str, str]:
    """What makes hard-coded AWS hosts arrive here: the proxy on the TLS port and the CA bundle that vouches for it."""
    bundle = str(config.home / "tls" / "ca-bundle.pem")
    proxy = f"http://{user}:{password}@{config.host}:{config.tls_port}"
    direct = f"{config.host},127.0.0.1,localhost"
    return {
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "NO_PROXY": direct,
        "no_proxy": direct,
        "AWS_CA_BUNDLE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
    }


def sdk_config(config: Config) -> Path:
    """The SageMaker SDK's configuration file: telemetry off, default bucket named. Written where it is not there."""
    folder = config.home / "client"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"sagemaker-{config.region}.yaml"
    file.write_text(
        "SchemaVersion: '1.0'\n"
        "SageMaker:\n"
        "  PythonSDK:\n"
        "    Modules:\n"
        "      TelemetryOptOut: true\n"
        "      Session:\n"
        f"        DefaultS3Bucket: sagemaker-{config.region}-{config.account}\n"
    )
    return file


WRITERS: Mapping[str, Callable[[str, str], str]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}" if value else f"unset {name}",
    "fish": lambda name, value: f"set -gx {name} {shlex.quote(value)}" if value else f"set -e {name}",
    "powershell": lambda name, value: f"$env:{name} = '{value}'",
    "dotenv": lambda name, value: f"{name}={value}",
}
