"""Transform jobs: the operations. What runs them is the jobs engine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.transform.processing import read_processing
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
PAYLOAD_MB_MAX = 100
CONCURRENT_PAYLOAD_MB_MAX = 100
# What DescribeTransformJob shows of what was left open.
DEFAULT_INPUT = {"CompressionType": "None", "SplitType": "None"}
DEFAULT_OUTPUT = {"AssembleWith": "None", "KmsKeyId": ""}
DEFAULT_PROCESSING = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}


def create_transform_job(call: Call, request: JsonDict) -> JsonDict:
    """Start a batch transform. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html

    The job runs as the model's role, without a network when the model has EnableNetworkIsolation.
    Errors: ResourceInUse for a taken name; ValidationException when there is no such model, and for limits and
    combinations of formats and filters that batch transform does not have.
    """
    model = MODEL.get(call, request["ModelName"])
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise validation(f"S3DataType {source['S3DataType']} cannot be transformed. Use S3Prefix or ManifestFile.")
    job_requests.check_count(request["TransformResources"]["InstanceCount"])
    _check_payload(request)
    _check_processing(request)
    row = TRANSFORM_JOB.create(
        call,
        request,
        document={
            "TransformInput": {**DEFAULT_INPUT, **request["TransformInput"]},
            "TransformOutput": {**DEFAULT_OUTPUT, **request["TransformOutput"]},
            "DataProcessing": {**DEFAULT_PROCESSING, **request.get("DataProcessing", {})},
        },
        status="InProgress",
        facts={
            **job_requests.job_facts(),
            "role_arn": model.document.get("ExecutionRoleArn", ""),
            "isolated": bool(model.document.get("EnableNetworkIsolation")),
        },
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
    if size > PAYLOAD_MB_MAX:
        raise validation(f"MaxPayloadInMB is {size}, the most is {PAYLOAD_MB_MAX}; 0 sends objects of any length.")
    if count * size > CONCURRENT_PAYLOAD_MB_MAX:
        raise validation(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {count * size}, the most is {CONCURRENT_PAYLOAD_MB_MAX}."
        )


def _check_processing(request: JsonDict) -> None:
    """What the program that sends the records would refuse is refused before it starts."""
    try:
        read_processing(request)
    except UserError as error:
        raise validation(f"{error}.") from error
