"""The demo's project: made of the template that has everything, with its repositories, deliveries and endpoints."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console

from ormer.cli.client import Client

NAME = "abalone"
TEMPLATE = "Model building, training, deployment and monitoring"
FAILED = ("CreateFailed", "DeleteFailed", "DeleteCompleted")
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Project:
    """A project by its name and id, from which the names of all that its template makes follow."""

    name: str
    id: str

    @property
    def group(self) -> str:
        """The model package group, and the SageMaker pipeline."""
        return f"{self.name}-{self.id}"

    def resource(self, word: str) -> str:
        """The repository, or the delivery, of a word like `modelbuild`."""
        return f"sagemaker-{self.name}-{self.id}-{word}"

    def endpoint(self, stage: str) -> str:
        """The endpoint of a stage, staging or prod."""
        return f"{self.name}-{stage}"


def standing(client: Client) -> Project | None:
    """The project of an earlier demo in this home, None when there is none. ClickException when it is broken."""
    for found in _listed(client):
        if found["ProjectStatus"] in FAILED:
            raise click.ClickException(
                f"The project {NAME} of an earlier demo is {found['ProjectStatus']}. Delete it first: "
                f"aws sagemaker delete-project --project-name {NAME}"
            )
        return Project(NAME, found["ProjectId"])
    return None


def create(client: Client, console: Console) -> Project | None:
    """Make the project as a person would: choose the template among the products, create, and wait. None if it fails."""
    product = _product(client)
    artifact = client.call("servicecatalog", "DescribeProduct", Id=product)["ProvisioningArtifacts"][0]["Id"]
    made = client.call(
        "sagemaker",
        "CreateProject",
        ProjectName=NAME,
        ProjectDescription="How old is this abalone? Made by the demo.",
        ServiceCatalogProvisioningDetails={"ProductId": product, "ProvisioningArtifactId": artifact},
    )
    console.print(f"creating the project [bold]{NAME}[/] of the template “{TEMPLATE}”", soft_wrap=True)
    began = time.monotonic()
    described = _settled(client)
    if described["ProjectStatus"] != "CreateCompleted":
        details = described.get("ServiceCatalogProvisionedProductDetails", {})
        reason = details.get("ProvisionedProductStatusMessage", "")
        console.print(f"[red]✕[/] the project is {described['ProjectStatus']}: {reason}")
        return None
    console.print(
        "[green]✓[/] three repositories, three deliveries, five rules and what they need,"
        f" after {time.monotonic() - began:.1f} s",
        soft_wrap=True,
    )
    return Project(NAME, made["ProjectId"])


def _listed(client: Client) -> list[dict[str, str]]:
    listed = client.call("sagemaker", "ListProjects", NameContains=NAME)["ProjectSummaryList"]
    return [found for found in listed if found["ProjectName"] == NAME]


def _product(client: Client) -> str:
    """The id of the template's product, found by its name."""
    listed = client.call("servicecatalog", "SearchProducts", PageSize=20)["ProductViewSummaries"]
    for summary in listed:
        if summary["Name"] == TEMPLATE:
            return str(summary["ProductId"])
    raise click.ClickException(f"There is no template called {TEMPLATE}.")


def _settled(client: Client) -> dict[str, Any]:
    while True:
        described = client.call("sagemaker", "DescribeProject", ProjectName=NAME)
        if described["ProjectStatus"] in ("CreateCompleted", *FAILED):
            return described
        time.sleep(POLL_SECONDS)
