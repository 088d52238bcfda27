"""Transform jobs: the operations. What runs them is the jobs engine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests
from ormer.services.sagemaker.models import MODEL
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

TRANSFORM_JOB = Noun(
    "TransformJob",
    name="TransformJobName",
    arn="transform-job/{name}",
    missing=("ValidationException", "Could not find requested job with name: {name}"),
    taken=(
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    ),
)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html (MaxPayloadInMB)
CONCURRENT_PAYLOAD_MB_MAX = 100


def create_transform_job(call: Call, request: JsonDict) -> JsonDict:
    """Start a batch transform. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html

    Errors: ResourceInUse for a taken name, ValidationException, also when there is no such model.
    """
    model = MODEL.get(call, request["ModelName"])
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise validation(f"S3DataType {source['S3DataType']} cannot be transformed. Use S3Prefix or ManifestFile.")
    _check_payload(request)
    _check_processing(request)
    row = TRANSFORM_JOB.create(
        call,
        request,
        document={"TransformOutput": {"KmsKeyId": "", "AssembleWith": "None", **request["TransformOutput"]}},
        status="InProgress",
        facts={**job_requests.job_facts(), "role_arn": model.document.get("ExecutionRoleArn", "")},
    )
    return {"TransformJobArn": row.arn}


def stop_transform_job(call: Call, request: JsonDict) -> JsonDict:
    """Stop a transform job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTransformJob.html

    Errors: ValidationException for a job that is over or not there.
    """
    job_requests.stop(call, TRANSFORM_JOB, request["TransformJobName"], "transform job")
    return {}


(describe_transform_job, list_transform_jobs) = TRANSFORM_JOB.crud("describe list")


def _check_payload(request: JsonDict) -> None:
    count, size = request.get("MaxConcurrentTransforms", 0), request.get("MaxPayloadInMB", 0)
    if count * size > CONCURRENT_PAYLOAD_MB_MAX:
        raise validation(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {count * size}, the most is {CONCURRENT_PAYLOAD_MB_MAX}."
        )


def _check_processing(request: JsonDict) -> None:
    """A join or filter needs records that can be told apart in input and output alike."""
    processing = request.get("DataProcessing") or {}
    if processing.get("JoinSource", "None") == "None":
        return
    split = request["TransformInput"].get("SplitType", "None")
    assemble = request["TransformOutput"].get("AssembleWith", "None")
    content, accept = request["TransformInput"].get("ContentType"), request["TransformOutput"].get("Accept")
    if split != assemble:
        raise validation(f"To join, SplitType ({split}) and AssembleWith ({assemble}) must be the same.")
    if accept and content and accept.partition(";")[0] != content.partition(";")[0]:
        raise validation(f"To join, ContentType ({content}) and Accept ({accept}) must be the same.")
