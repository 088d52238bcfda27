"""`ormer demo`: the abalone story, told while it happens. A client of the operations, nothing more."""

from __future__ import annotations

import json
import time
from importlib import resources
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ormer.cli import demo_endpoint
from ormer.cli.client import Client
from ormer.cli.endings import Ending
from ormer.cli.studio import sign_in_link
from ormer.config import Config, load
from ormer.first_run import use_role_arn
from ormer.homes import HomeInUse, running
from ormer.server import PortInUse, Server
from ormer.templates.demo.pipeline import CHECKS, Definition

NAME = "abalone-demo"
POLL_SECONDS = 0.25
FINAL = ("Succeeded", "Failed", "Stopped")
MARKS = {"Succeeded": "[green]✓[/]", "Failed": "[red]✕[/]", "Stopped": "[bright_black]■[/]"}


@click.command()
@click.option("--once", is_flag=True, help="End when the story ends; exit status 0 only if every step succeeded.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder for all state (default ~/.ormer).")
@click.option("--port", type=int, help="HTTP port (default 4590).")
@click.option("--tls-port", type=int, help="TLS and proxy port (default 4591).")
def demo(once: bool, home: Path | None, port: int | None, tls_port: int | None) -> None:
    """Start the server, run a pipeline with all five checks on the abalone data, register a model and serve it."""
    console = Console(highlight=False)
    config = load(home=home, port=port, tls_port=tls_port)
    server = _start(config, console)
    try:
        client = Client(config.home)
        version = tell(client, config, console)
        good = version is not None and demo_endpoint.serve(client, config, version, console)
        if not once:
            _keep_serving(console, server)
        elif version is not None:
            demo_endpoint.remove(client)
    finally:
        if server is not None:
            server.stop()
    if not good:
        raise SystemExit(1)


def tell(client: Client, config: Config, console: Console) -> str | None:
    """Run the pipeline's story once. Returns the registered version's ARN; None unless every step succeeded."""
    began = time.monotonic()
    bucket = f"sagemaker-{config.region}-{config.account}"
    definition = Definition(bucket, NAME, config.region, use_role_arn(config.account), NAME)
    _upload(client, bucket, definition)
    console.print(f"[green]✓[/] uploaded scripts and configurations to s3://{bucket}/{NAME}/", soft_wrap=True)
    execution = _begin(client, definition, config)
    console.print(f"[green]✓[/] pipeline [bold]{NAME}[/] started")
    console.print(f"    {execution}", soft_wrap=True)
    ended = _watch(client, execution, console)
    if ended["PipelineExecutionStatus"] != "Succeeded":
        _explain(client, execution, ended, console)
        return None
    version = _registered(client, execution)
    if version is None:
        console.print("[red]✕[/] the pipeline succeeded but registered no model")
        return None
    _show_version(client, version, time.monotonic() - began, console)
    return version


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


def _upload(client: Client, bucket: str, definition: Definition) -> None:
    s3 = client.client("s3")
    s3.create_bucket(Bucket=bucket)
    folder = resources.files("ormer.templates.demo")
    for script in ("preprocess.py", "evaluate.py"):
        _put(s3, definition.code_uri(script), folder.joinpath(script).read_bytes())
    for check, content in definition.analysis_configs().items():
        _put(s3, definition.config_uri(check), json.dumps(content, indent=2).encode())


def _put(s3: Any, uri: str, content: bytes) -> None:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    s3.put_object(Bucket=bucket, Key=key, Body=content)


def _begin(client: Client, definition: Definition, config: Config) -> str:
    """Create or update the pipeline and start it. The first run has no baseline to compare with, so it makes them."""
    body = json.dumps(definition.json())
    role = use_role_arn(config.account)
    known = client.call("sagemaker", "ListPipelines", PipelineNamePrefix=NAME)["PipelineSummaries"]
    if any(pipeline["PipelineName"] == NAME for pipeline in known):
        client.call("sagemaker", "UpdatePipeline", PipelineName=NAME, PipelineDefinition=body, RoleArn=role)
    else:
        client.call(
            "sagemaker",
            "CreatePipeline",
            PipelineName=NAME,
            PipelineDefinition=body,
            RoleArn=role,
            ClientRequestToken=f"ormer-demo-{time.time_ns():032d}",
        )
    first = {
        f"{flag}{check}{noun}" for check in CHECKS for flag, noun in (("Skip", "Check"), ("RegisterNew", "Baseline"))
    }
    started = client.call(
        "sagemaker",
        "StartPipelineExecution",
        PipelineName=NAME,
        PipelineParameters=[{"Name": name, "Value": "true"} for name in sorted(first)],
        ClientRequestToken=f"ormer-demo-{time.time_ns():032d}",
    )
    execution: str = started["PipelineExecutionArn"]
    return execution


def _watch(client: Client, execution: str, console: Console) -> dict[str, Any]:
    """Show the steps until the execution ends: a live table on a terminal, a line a step elsewhere."""
    if not console.is_terminal:
        return _follow(client, execution, console)
    spinner = Spinner("dots", style="cyan")
    with Live(console=console, refresh_per_second=8) as live:
        while True:
            described, steps = _look(client, execution)
            done = described["PipelineExecutionStatus"] in FINAL
            live.update(_table(steps) if done else Group(_table(steps), spinner))
            if done:
                return described
            time.sleep(POLL_SECONDS)


def _follow(client: Client, execution: str, console: Console) -> dict[str, Any]:
    told: set[str] = set()
    while True:
        described, steps = _look(client, execution)
        for step in steps:
            if step["StepStatus"] in FINAL and step["StepName"] not in told:
                told.add(step["StepName"])
                console.print(f"  {MARKS[step['StepStatus']]} {step['StepName']:26} {_duration(step):>8}")
        if described["PipelineExecutionStatus"] in FINAL:
            return described
        time.sleep(POLL_SECONDS)


def _look(client: Client, execution: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The execution first, then its steps: when it has ended, so have all that are listed."""
    described = client.call("sagemaker", "DescribePipelineExecution", PipelineExecutionArn=execution)
    return described, _steps(client, execution)


def _steps(client: Client, execution: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = client.call(
            "sagemaker",
            "ListPipelineExecutionSteps",
            PipelineExecutionArn=execution,
            SortOrder="Ascending",
            MaxResults=100,
            **token,
        )
        found += page["PipelineExecutionSteps"]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def _table(steps: list[dict[str, Any]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for step in steps:
        mark = MARKS.get(step["StepStatus"], "[cyan]…[/]")
        table.add_row(mark, step["StepName"], Text(step["StepStatus"], style="dim"), _duration(step))
    return table


def _duration(step: dict[str, Any]) -> str:
    if "StartTime" not in step:
        return ""
    end = step["EndTime"].timestamp() if "EndTime" in step else time.time()
    return f"{max(0.0, end - step['StartTime'].timestamp()):.1f} s"


def _registered(client: Client, execution: str) -> str | None:
    for step in _steps(client, execution):
        arn = step.get("Metadata", {}).get("RegisterModel", {}).get("Arn")
        if arn:
            return str(arn)
    return None


def _show_version(client: Client, arn: str, seconds: float, console: Console) -> None:
    version = client.call("sagemaker", "DescribeModelPackage", ModelPackageName=arn)
    console.print(
        f"[green]✓[/] registered [bold]{version['ModelPackageGroupName']} version {version['ModelPackageVersion']}[/], "
        f"{version['ModelApprovalStatus']}, after {seconds:.1f} s",
        soft_wrap=True,
    )
    uri = version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    statistics = json.loads(client.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    for name, metric in statistics["regression_metrics"].items():
        console.print(f"    {name:5} {metric['value']:.4f}")
    console.print(f"    {arn}", soft_wrap=True)


def _explain(client: Client, execution: str, ended: dict[str, Any], console: Console) -> None:
    console.print(f"[red]✕[/] the pipeline ended {ended['PipelineExecutionStatus']}: {ended.get('FailureReason', '')}")
    for step in _steps(client, execution):
        if step["StepStatus"] == "Failed":
            console.print(f"  {step['StepName']}: {step.get('FailureReason', '')}", markup=False)


def _keep_serving(console: Console, server: Server | None) -> None:
    if server is None:
        return
    link = sign_in_link(server.house.stores, server.config)
    console.print(f"\nSee all of it in a browser (once, within 15 minutes): [cyan]{link}[/]", soft_wrap=True)
    console.print(
        '\nServing until Ctrl-C. In another shell: [green]eval "$(.venv/bin/ormer env)"[/], then look around:'
    )
    console.print("  .venv/bin/ormer status")
    console.print(f"  aws sagemaker list-model-packages --model-package-group-name {NAME}")
    console.print(f"  .venv/bin/ormer invoke {demo_endpoint.NAME} --data {demo_endpoint.ANIMALS[0][0]}")
    Ending().wait()
