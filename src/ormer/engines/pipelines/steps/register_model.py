"""RegisterModel steps: CreateModelPackage, done at once; a group that is not there is made, as AWS does."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines.arguments import JOBS
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.naming import suffix
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs
from ormer.stores import tagging

JsonDict = dict[str, Any]
TOKEN_LENGTH = 32


def start(step: Step, run: Run) -> Outcome:
    """Register the model as its group's next version; its description is what references find."""
    job = JOBS[step.type]
    request = run.arguments(step)
    token = suffix(run.row.arn, step.name, run.rows[step.name].attempt, length=TOKEN_LENGTH)
    # From a version one finds the execution that made it.
    origin = {"GeneratedBy": run.row.arn, **request.get("MetadataProperties", {})}
    try:
        if "ModelPackageGroupName" in request:
            _ensure_group(run, request["ModelPackageGroupName"])
        made = run.call("sagemaker", job.create, {**request, "MetadataProperties": origin, "ClientToken": token})
    except AwsError as error:
        return jobs.refused(job.create, error)
    arn = made[job.arn]
    described = run.call("sagemaker", job.describe, {job.name: arn})
    return Succeeded(described, {job.metadata: {"Arn": arn}}, made_arn=arn)


def _ensure_group(run: Run, group: str) -> None:
    try:
        run.call("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": group})
    except AwsError as error:
        if error.code not in ("ValidationException", "ResourceNotFound") or group.startswith("arn:"):
            raise
        with run.database.read() as tx:
            tags = tagging.listed(tx, run.row.parent)
        run.call("sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": group, "Tags": tags})
