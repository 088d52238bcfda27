"""`ormer template`: what projects can be made of, and how to bring a template of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ormer.cli import template_starter, templates
from ormer.cli.client import Client
from ormer.cli.project import HOME, console_of
from ormer.config import load
from ormer.stores import service_roles
from ormer.stores.objects import seeds

NAME = "template.yaml"
PREFIX = "project-templates/"


@click.group()
def template() -> None:
    """What projects are made of: CloudFormation documents, built in or your own.

    \b
      ormer template list                  ids, titles and where each comes from
      ormer template show ID               what it asks for, and how boto3 uses it
      ormer template init my-template      a small template of your own to start from
      ormer template register my-template  upload it, so that projects can be made of it
    """


@template.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@HOME
def list_templates(as_json: bool, home: Path | None) -> None:
    """List the built-in templates and your own."""
    found = templates.every(Client(load(home=home).home))
    if as_json:
        click.echo(json.dumps([one.__dict__ for one in found], indent=2))
        return
    for one in found:
        origin = "built in" if one.product else one.url
        click.echo(f"{one.id}  ({origin})")
        for line in (one.title, one.description):
            if line and line != one.id:
                click.echo(f"    {line}")


@template.command("show")
@click.argument("name", metavar="ID")
@HOME
def show(name: str, home: Path | None) -> None:
    """Show what a template asks for, and how boto3 makes a project of it."""
    client = Client(load(home=home).home)
    one = templates.chosen(client, name)
    console = console_of()
    console.print(f"[bold]{one.title}[/]\n{one.description}", soft_wrap=True)
    console.print(_parameters(client, one))
    request = json.dumps(one.request({}), indent=4)
    console.print("\nboto3 makes a project of it with:", style="dim")
    console.print(f'sagemaker.create_project(ProjectName="my-project", **{request})', markup=False, soft_wrap=True)


def _parameters(client: Client, one: templates.Template) -> Table:
    if one.product:
        asked = client.call("servicecatalog", "DescribeProvisioningParameters", **one.product)
        declared = asked["ProvisioningArtifactParameters"]
    else:
        declared = client.call("cloudformation", "GetTemplateSummary", TemplateURL=one.url)["Parameters"]
    table = Table("parameter", "default", "description", box=None, pad_edge=False, header_style="dim")
    for parameter in declared:
        name = parameter["ParameterKey"]
        given = "(given by the project)" if name in ("SageMakerProjectName", "SageMakerProjectId") else ""
        table.add_row(name, parameter.get("DefaultValue", given), parameter.get("Description", ""))
    return table


@template.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@HOME
def init(folder: Path, home: Path | None) -> None:
    """Write a small template of your own, with a seed repository, to start from.

    It makes a repository, a build project that runs the repository's buildspec.yml, and a delivery pipeline that a
    commit starts. Change it, then `ormer template register` it.
    """
    config = load(home=home)
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty: choose another folder.")
    name = templates.template_name(folder.absolute().name)
    bucket = f"sagemaker-{config.region}-{config.account}"
    for path, text in template_starter.files(bucket, f"{PREFIX}{name}/seed.zip").items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        click.echo(f"  {file}")
    click.echo(f"Next: change it, then `ormer template register {folder}`.")


@template.command("register")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--domain", help="Id of the domain whose people are to see it. Default: the one there is, or a new one.")
@HOME
def register(source: Path, domain: str | None, home: Path | None) -> None:
    """Upload a template so that projects can be made of it: a file, or a folder with template.yaml and seed/.

    A folder `seed` beside the template is packed and uploaded as seed.zip beside it.

    \b
    Example: ormer template register my-template
             ormer project create churn --template my-template
    """
    client, console = Client(load(home=home).home), Console(highlight=False)
    file = source / NAME if source.is_dir() else source
    if not file.is_file():
        raise click.ClickException(f"{source} has no {NAME}.")
    name = templates.template_name(source.absolute().name if source.is_dir() else source.stem)
    bucket, prefix = _place(client, domain, console)
    key = f"{prefix}{name}/{NAME}"
    s3 = client.client("s3")
    seed = source / "seed" if source.is_dir() else None
    if seed is not None and seed.is_dir():
        s3.put_object(Bucket=bucket, Key=f"{prefix}{name}/seed.zip", Body=seeds.packed(seed))
    # Hidden until it is known to be a template that projects can be made of.
    s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
    url = templates.url_of(client.region, bucket, key)
    client.call("cloudformation", "ValidateTemplate", TemplateURL=url)
    tags = {"TagSet": [{"Key": templates.VISIBLE_TAG, "Value": "true"}]}
    client.call("s3", "PutObjectTagging", Bucket=bucket, Key=key, Tagging=tags)
    console.print(f"[green]✓[/] {name} lies in s3://{bucket}/{key}", soft_wrap=True)
    console.print(f"  ormer project create my-project --template {name}", soft_wrap=True)


def _place(client: Client, domain: str | None, console: Console) -> tuple[str, str]:
    """(bucket, prefix) where a domain's templates lie; the domain is made and told of it where there is none."""
    known = templates.locations(client)
    arns = {one["DomainId"]: one["DomainArn"] for one in client.pages("sagemaker", "ListDomains", "Domains")}
    if domain is not None and domain not in arns:
        raise click.ClickException(f"There is no domain {domain}; there are: {', '.join(arns) or 'none'}.")
    arn = arns[domain] if domain else next((one for one in arns.values() if one in known), None)
    if arn is None:
        arn = next(iter(arns.values()), None) or _made_domain(client, console)
    if arn not in known:
        bucket = f"sagemaker-{client.region}-{client.account}"
        client.client("s3").create_bucket(Bucket=bucket)
        tag = {"Key": templates.LOCATION_TAG, "Value": f"s3://{bucket}/{PREFIX}"}
        client.call("sagemaker", "AddTags", ResourceArn=arn, Tags=[tag])
        known[arn] = (bucket, PREFIX)
    bucket, prefix = known[arn]
    return bucket, prefix if prefix.endswith("/") or not prefix else f"{prefix}/"


def _made_domain(client: Client, console: Console) -> str:
    settings = {"ExecutionRole": service_roles.arn(client.account, service_roles.USE_ROLE)}
    made = client.call("sagemaker", "CreateDomain", DomainName="ormer", AuthMode="IAM", DefaultUserSettings=settings)
    console.print(f"[green]✓[/] made the domain {made['DomainId']}, whose people see your templates")
    return str(made["DomainArn"])
