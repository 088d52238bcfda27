"""RegisterModel steps: CreateModelPackage, done at once; a group that is not there is made, as AWS does.

Without a group the package stands for itself, under a name of the execution and the step: the SDK takes away the name
that its caller gives.
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines.arguments import JOBS
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.naming import job_name, suffix
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs
from ormer.stores import tagging

JsonDict = dict[str, Any]
TOKEN_LENGTH = 32


def start(step: Step, run: Run) -> Outcome:
    """Register the model as its group's next version, or alone; its description is what references find."""
    job = JOBS[step.type]
    request = run.arguments(step)
    attempt = run.rows[step.name].attempt
    token = suffix(run.row.arn, step.name, attempt, length=TOKEN_LENGTH)
    if "ModelPackageGroupName" not in request:
        request = {job.name: job_name(run.row.arn, step.name, attempt), **request}
    # From a version one finds the execution that made it.
    origin = {"GeneratedBy": run.row.arn, **request.get("MetadataProperties", {})}
    try:
        if "ModelPackageGroupName" in request:
            _ensure_group(run, request["ModelPackageGroupName"])
        described = _made_before(run, request) or _make(run, {**request, "MetadataProperties": origin}, token)
    except AwsError as error:
        return jobs.refused(job.create, error)
    arn = described[job.arn]
    return Succeeded(described, {job.metadata: {"Arn": arn}}, made_arn=arn)


def _make(run: Run, request: JsonDict, token: str) -> JsonDict:
    made = run.call("sagemaker", "CreateModelPackage", {**request, "ClientToken": token})
    return run.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": made["ModelPackageArn"]})


def _made_before(run: Run, request: JsonDict) -> JsonDict | None:
    """The package that this attempt registered before it was cut off: one without a group is known by its name."""
    if "ModelPackageGroupName" in request:
        return None
    try:
        return run.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": request["ModelPackageName"]})
    except AwsError:
        return None


def _ensure_group(run: Run, group: str) -> None:
    try:
        run.call("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": group})
    except AwsError as error:
        if error.code not in ("ValidationException", "ResourceNotFound") or group.startswith("arn:"):
            raise
        with run.database.read() as tx:
            tags = tagging.listed(tx, run.row.parent)
        run.call("sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": group, "Tags": tags})
