"""`ormer invoke`: ask an endpoint from the shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from ormer.cli.client import Client
from ormer.config import load


@click.command()
@click.argument("endpoint")
@click.option("--data", help="What to send, as text.")
@click.option("--file", type=click.File("rb"), help="A file to send; - is the standard input.")
@click.option("--content-type", default="text/csv", show_default=True, help="The type of what is sent.")
@click.option("--accept", help="The type to answer in.")
@click.option("--variant", help="The variant to ask; one by weight without it.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the state (default ~/.ormer).")
def invoke(
    endpoint: str,
    data: str | None,
    file: BinaryIO | None,
    content_type: str,
    accept: str | None,
    variant: str | None,
    home: Path | None,
) -> None:
    """Send a request to ENDPOINT and print its answer."""
    if (data is None) == (file is None):
        raise click.UsageError("Give either --data or --file.")
    body = data.encode() if data is not None else file.read() if file is not None else b""
    given = {"Accept": accept, "TargetVariant": variant}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    client = Client(load(home=home).home)
    answer = client.call(
        "sagemaker-runtime", "InvokeEndpoint", EndpointName=endpoint, Body=body, ContentType=content_type, **wanted
    )
    sys.stdout.buffer.write(answer["Body"].read())
    if sys.stdout.isatty():
        click.echo()
