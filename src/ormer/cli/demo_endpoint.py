"""The demo's second half: the registered version is approved, served by an endpoint and asked."""

from __future__ import annotations

import time
from typing import Any

import click
from rich.console import Console

from ormer.cli.client import Client
from ormer.config import Config
from ormer.first_run import use_role_arn

NAME = "abalone-demo"
INSTANCE_TYPE = "ml.m5.large"
POLL_SECONDS = 0.1
FINAL = ("InService", "Failed", "UpdateRollbackFailed")
COMMENT = "The demo approves what passed all its checks."
# Animals of the data set: length, diameter, height, four weights, then sex as three columns; and their true rings.
ANIMALS = (
    ("0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1", 15),
    ("0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,1,0,0", 9),
    ("0.33,0.255,0.08,0.205,0.0895,0.0395,0.055,0,1,0", 7),
)
ASKED_TIMES = 200


def serve(client: Client, config: Config, version: str, console: Console) -> bool:
    """Approve the version, bring it to the endpoint and ask it. Returns whether all of that worked."""
    client.call(
        "sagemaker",
        "UpdateModelPackage",
        ModelPackageArn=version,
        ModelApprovalStatus="Approved",
        ApprovalDescription=COMMENT,
    )
    console.print(f"[green]✓[/] approved: {COMMENT}")
    began = time.monotonic()
    described = _brought(client, config, version)
    if described["EndpointStatus"] != "InService":
        console.print(f"[red]✕[/] the endpoint {NAME} is {described['EndpointStatus']}")
        console.print(f"    {described.get('FailureReason', '')}", markup=False)
        return False
    console.print(
        f"[green]✓[/] endpoint [bold]{NAME}[/] is InService after {time.monotonic() - began:.1f} s,"
        " capturing every request"
    )
    for animal, rings in ANIMALS:
        predicted = _asked(client, animal)
        console.print(f"    {animal:50} [bold]{predicted:5.2f}[/] rings predicted, {rings} counted", soft_wrap=True)
    console.print(f"    answered in {_milliseconds(client):.1f} ms (median of {ASKED_TIMES} signed requests)")
    return True


def remove(client: Client) -> None:
    """Delete the endpoint, so that nothing of it goes on when the server has ended."""
    client.call("sagemaker", "DeleteEndpoint", EndpointName=NAME)
    while _found(client) is not None:
        time.sleep(POLL_SECONDS)


def _brought(client: Client, config: Config, version: str) -> dict[str, Any]:
    """Create the endpoint, or update it to the version; returns its description once it has settled."""
    name = f"{NAME}-{version.rpartition('/')[2]}-{time.time_ns() // 1_000_000}"
    role = use_role_arn(config.account)
    client.call(
        "sagemaker", "CreateModel", ModelName=name, ExecutionRoleArn=role, Containers=[{"ModelPackageName": version}]
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": INSTANCE_TYPE,
        "InitialInstanceCount": 1,
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://sagemaker-{config.region}-{config.account}/{NAME}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    client.call(
        "sagemaker",
        "CreateEndpointConfig",
        EndpointConfigName=name,
        ProductionVariants=[variant],
        DataCaptureConfig=capture,
    )
    verb = "CreateEndpoint" if _found(client) is None else "UpdateEndpoint"
    client.call("sagemaker", verb, EndpointName=NAME, EndpointConfigName=name)
    while True:
        described = _found(client)
        if described is None:
            raise click.ClickException(f"The endpoint {NAME} was deleted while it was being made.")
        if described["EndpointStatus"] in FINAL:
            return described
        time.sleep(POLL_SECONDS)


def _found(client: Client) -> dict[str, Any] | None:
    """The endpoint's description, None when there is none."""
    listed = client.call("sagemaker", "ListEndpoints", NameContains=NAME)["Endpoints"]
    if not any(endpoint["EndpointName"] == NAME for endpoint in listed):
        return None
    try:
        return client.call("sagemaker", "DescribeEndpoint", EndpointName=NAME)
    except click.ClickException:
        return None


def _asked(client: Client, row: str) -> float:
    answer = client.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=NAME, Body=row.encode(), ContentType="text/csv"
    )
    return float(answer["Body"].read())


def _milliseconds(client: Client) -> float:
    """The median time of an invocation, as this process sees it."""
    taken = []
    for number in range(ASKED_TIMES):
        began = time.perf_counter()
        _asked(client, ANIMALS[number % len(ANIMALS)][0])
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[ASKED_TIMES // 2]
