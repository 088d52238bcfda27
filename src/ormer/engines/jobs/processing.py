"""A processing job's contract: its configuration files, the folders made for its outputs, and their upload.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.jobs import contracts, data
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.folders import HostFolder
from ormer.engines.jobs.plans import Plan

JsonDict = dict[str, Any]
CONFIG_MEMBERS = (
    "ProcessingJobArn",
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "RoleArn",
    "StoppingCondition",
    "NetworkConfig",
)

# Queries of Athena are asked before a job is staged.
QUERIES = {"RedshiftDatasetDefinition": "Redshift"}


def lay(stage: Stage, host: HostFolder) -> None:
    """Write what the container finds, and make the folders of its outputs: programs rely on them.

    Raises DataError for an input that is a query.
    """
    plan, config = stage.plan, host.ml / "config"
    _check_queries(plan)
    for folder in ("processing", "output"):
        (host.ml / folder).mkdir(parents=True, exist_ok=True)
    for destination in plan.destinations:
        host.local(destination.local).mkdir(parents=True, exist_ok=True)
    contracts.write_json(config / "processingjobconfig.json", _described(plan))
    contracts.write_json(config / "resourceconfig.json", contracts.resource_config(plan, host))
    contracts.write_metadata(host, plan)


def collect(stage: Stage) -> tuple[list[data.Written], JsonDict]:
    """The objects to publish: every host's files below each output's address."""
    written = [
        each
        for destination in stage.plan.destinations
        for host in stage.hosts
        for each in data.write_folder(stage.stores.objects, host.local(destination.local), destination)
    ]
    return written, {}


def _check_queries(plan: Plan) -> None:
    for each in plan.document.get("ProcessingInputs", ()):
        asked = (each.get("DatasetDefinition") or {}).keys() & QUERIES.keys()
        for member in asked:
            raise data.DataError(
                f"ClientError: Data download failed: input {each['InputName']} is a query of {QUERIES[member]}, which "
                "is not available in ormer. Put its result into S3 and name that as the input's S3Input."
            )


def _described(plan: Plan) -> JsonDict:
    described = {name: plan.document[name] for name in CONFIG_MEMBERS if plan.document.get(name) is not None}
    return {"ProcessingJobArn": plan.arn, "Environment": {}, "ProcessingInputs": [], **described}
