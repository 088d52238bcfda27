"""Automatic model registration: a model version of MLflow's becomes a model package, made by the server's role.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments-model-registration.html

The group has the registered model's name, and is made with the first version. The package has a token of its own, so a
second run makes no second one.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.tracking import programs
from ormer.engines.worker import Again, Work
from ormer.stores import logs, resources
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.tracking import registrations

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html
NAME_LENGTH_MAX, TEXT_LENGTH_MAX = 63, 1024
SESSION_NAME = "SageMaker"
TURN_SECONDS = 0.2
# What `sagemaker_mlflow.log_inference_specification` calls its file.
SPECIFICATION, SPECIFICATION_BYTES_MAX = "sagemaker_inference_specification.json", 1 << 18


def run(work: Work) -> Again | None:
    """Register one version; what hinders it stands in the server's log."""
    told = work.task.payload
    with work.read() as tx:
        row = resources.get(tx, told["server"])
        due = registrations.is_next(tx, told)
    if row is None:
        return None
    if not due:
        return Again(seconds=TURN_SECONDS)
    api = work.port.acting_as(session_identity(row.document["RoleArn"], SESSION_NAME), row.region)
    try:
        _register(api, work.subject, row, told)
    except AwsError as error:
        text = f"{told['name']} version {told['version']} was not registered as a model package: {error.message}"
        with work.write() as tx:
            stream = logs.stream(tx, row.account, row.region, programs.group_of(row), programs.NAME, work.now)
            logs.append(tx, stream["id"], [(int(work.now * 1000), text)], work.now)
    return None


def group_name(model: str) -> str:
    """The group of a registered model: its name in the letters that groups have."""
    return re.sub(r"[^A-Za-z0-9]+", "-", model).strip("-")[:NAME_LENGTH_MAX].rstrip("-") or "mlflow"


def _register(api: Api, subject: str, row: Row, told: JsonDict) -> None:
    group = group_name(told["name"])
    _have_group(api, group, f"The model {told['name']} of {row.arn}")
    # By these words, and by the artifacts' address, clients find the package of a version.
    made_from = {"MLflowRegisteredModel": told["name"], "ModelVersion": told["version"]}
    request: JsonDict = {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": f"{told['name']} version {told['version']} of {row.arn}"[:TEXT_LENGTH_MAX],
        "ModelApprovalStatus": "PendingManualApproval",
        "MetadataProperties": {"GeneratedBy": json.dumps(made_from)[:TEXT_LENGTH_MAX]},
        "ClientToken": hashlib.sha256(subject.encode()).hexdigest()[:36],
    }
    if told["source"].startswith("s3://"):
        request["SourceUri"] = told["source"][:TEXT_LENGTH_MAX]
        request |= _specification(api, told["source"])
    api("sagemaker", "CreateModelPackage", request)


def _have_group(api: Api, group: str, description: str) -> None:
    """Make the group unless it is there; a model of a like name may be making it right now."""
    named = {"ModelPackageGroupName": group}
    try:
        api("sagemaker", "DescribeModelPackageGroup", named)
        return
    except AwsError:
        pass
    try:
        request = {**named, "ModelPackageGroupDescription": description[:TEXT_LENGTH_MAX]}
        api("sagemaker", "CreateModelPackageGroup", request)
    except AwsError as error:
        if "already exists" not in error.message:
            raise


def _specification(api: Api, source: str) -> JsonDict:
    """The InferenceSpecification that was logged with the model, in the plugin's file; nothing where there is none."""
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    place = {"Bucket": bucket, "Key": f"{prefix.rstrip('/')}/{SPECIFICATION}"}
    try:
        if api("s3", "HeadObject", place)["ContentLength"] > SPECIFICATION_BYTES_MAX:
            return {}
        body = api("s3", "GetObject", place)["Body"]
    except AwsError:
        return {}
    content = body if isinstance(body, bytes) else b"".join([body.read()] if hasattr(body, "read") else list(body))
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return {"InferenceSpecification": found} if isinstance(found, dict) else {}
