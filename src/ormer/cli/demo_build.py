"""The demo's model building: what a commit starts, up to the version that it registers."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

from ormer.cli.client import Client
from ormer.cli.demo_board import Line
from ormer.cli.demo_delivery import Delivery
from ormer.cli.demo_project import Project


class Pipeline:
    """The SageMaker pipeline of a project, seen from the execution that a delivery starts."""

    def __init__(self, client: Client, project: Project) -> None:
        self._client = client
        self._name = project.group
        self._before = set(self._executions())

    def execution(self) -> str:
        """The ARN of the execution that has been started since, "" while there is none."""
        return next((arn for arn in self._executions() if arn not in self._before), "")

    def lines(self) -> list[Line]:
        """Its steps so far."""
        execution = self.execution()
        return [_line(step) for step in self.steps(execution)] if execution else []

    def steps(self, execution: str) -> list[dict[str, Any]]:
        """The steps of an execution, in the order in which they began."""
        pages = self._client.client("sagemaker").get_paginator("list_pipeline_execution_steps")
        found = pages.paginate(PipelineExecutionArn=execution, SortOrder="Ascending").build_full_result()
        return list(found["PipelineExecutionSteps"])

    def version(self) -> str:
        """The ARN of the version that the execution registered, "" when it registered none."""
        for step in self.steps(self.execution()) if self.execution() else ():
            arn = step.get("Metadata", {}).get("RegisterModel", {}).get("Arn")
            if arn:
                return str(arn)
        return ""

    def _executions(self) -> list[str]:
        known = self._client.call("sagemaker", "ListPipelines", PipelineNamePrefix=self._name)["PipelineSummaries"]
        if not any(pipeline["PipelineName"] == self._name for pipeline in known):
            return []
        listed = self._client.call("sagemaker", "ListPipelineExecutions", PipelineName=self._name)
        return [each["PipelineExecutionArn"] for each in listed["PipelineExecutionSummaries"]]


def registered(delivery: Delivery, execution: str, pipeline: Pipeline, console: Console) -> str:
    """Follow the delivery's execution to its end; the ARN of the version it registered, "" after saying what failed."""
    status = delivery.follow(execution, console, pipeline.lines)
    version = pipeline.version() if status == "Succeeded" else ""
    if status != "Succeeded":
        console.print(f"[red]✕[/] {delivery.name} is {status}: ", delivery.reason(execution), soft_wrap=True)
    elif not version:
        console.print("[red]✕[/] the pipeline succeeded but registered no model: its error was above the limit")
    return version


def show(client: Client, version: str, console: Console) -> None:
    """What the registry says of a version."""
    described = client.call("sagemaker", "DescribeModelPackage", ModelPackageName=version)
    number = described["ModelPackageVersion"]
    console.print(
        f"[green]✓[/] registered [bold]{described['ModelPackageGroupName']} version {number}[/], "
        f"{described['ModelApprovalStatus']}",
        soft_wrap=True,
    )
    uri = described["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    statistics = json.loads(client.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    metrics = (f"{name} {metric['value']:.3f}" for name, metric in statistics["regression_metrics"].items())
    console.print(f"    {', '.join(metrics)}")
    console.print(f"    {version}", soft_wrap=True)


def _line(step: dict[str, Any]) -> Line:
    began, ended = step.get("StartTime"), step.get("EndTime")
    return Line(
        f"  {step['StepName']}",
        step["StepStatus"],
        began.timestamp() if began else 0.0,
        ended.timestamp() if ended else 0.0,
    )
