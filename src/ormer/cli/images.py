"""`ormer images`: which image URIs run here, as what, and building their environments ahead of time."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ormer.config import load
from ormer.engines.images import BuildFailed, Catalogue, ImageNotMapped, Runtimes
from ormer.engines.images.catalogue import OWN_KIND, add, as_rows, remove

KINDS = ("script", "sklearn", "xgboost", "pytorch", "huggingface", "tensorflow")


@click.group()
def images() -> None:
    """Which container images run here, and as what.

    ormer runs no containers: an image URI names a locked Python environment, matched by repository and tag. The
    account and the region in the URI do not matter.
    """


@images.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def list_images(as_json: bool) -> None:
    """List the mapped images and whether their environment is built."""
    home = load().home
    catalogue = Catalogue.load(home)
    runtimes = Runtimes(home, catalogue)
    built = {name: runtimes.identity(name) for name in catalogue.runtime_keys()}
    rows = [{**row, "built": built[row["runtime"]]} for row in as_rows(catalogue)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = "built" if row["built"] else "built at first use"
        click.echo(f"{row['image']}  {', '.join(row['tags'])}")
        click.echo(f"    runs as {row['kind']} in the runtime {row['runtime']} ({state})")


@images.command("add")
@click.argument("uri")
@click.option("--requirements", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--python", help="The Python version, such as 3.12. Default: the first of 3.11, 3.12, 3.13 that is here.")
@click.option("--kind", type=click.Choice(KINDS), default=OWN_KIND, show_default=True, help="Whose train and serve.")
@click.option("--build/--no-build", default=True, help="Build the environment now, or at first use.")
def add_image(uri: str, requirements: Path, python: str | None, kind: str, build: bool) -> None:
    """Run the image URI in an environment of its own with these requirements.

    Example: ormer images add 123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1 --requirements requirements.txt
    """
    home = load().home
    try:
        image = add(home, uri, requirements.read_text(), kind, python)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{uri} runs as {image.kind} in the runtime {image.runtime_key}")
    if build:
        _build(home, [image.runtime_key])


@images.command("remove")
@click.argument("uri")
def remove_image(uri: str) -> None:
    """Forget an image that was added. Running jobs and built environments stay."""
    if not remove(load().home, uri):
        raise click.ClickException(f"{uri} was not added here; `ormer images list` shows what was")


@images.command("prefetch")
@click.argument("names", nargs=-1)
def prefetch(names: tuple[str, ...]) -> None:
    """Build environments now: those of the named images and runtimes, else of all images but frameworks' large ones."""
    home = load().home
    catalogue = Catalogue.load(home)
    try:
        wanted = [name if name in catalogue.recipes else catalogue.image(name).runtime_key for name in names]
    except ImageNotMapped as error:
        raise click.ClickException(str(error)) from error
    images = [entry.runtime for entry in catalogue.entries if not catalogue.recipes[entry.runtime].large]
    _build(home, wanted or images)


def _build(home: Path, runtime_keys: list[str]) -> None:
    runtimes = Runtimes(home, Catalogue.load(home))
    for name in dict.fromkeys(runtime_keys):
        try:
            folder = runtimes.ensure(name, lambda line: click.echo(f"  {line}"))
        except BuildFailed as error:
            raise click.ClickException(f"the runtime {name} could not be built: {error}") from error
        click.echo(f"{name}: {folder.name}")
