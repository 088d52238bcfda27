"""Processing jobs: the operations. What runs them is the jobs engine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

PROCESSING_JOB = Noun(
    "ProcessingJob",
    name="ProcessingJobName",
    arn="processing-job/{name}",
    missing=("ValidationException", "Could not find requested job with name: {name}"),
    taken=(
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    ),
    order="Ascending",
)
DEFAULT_SECONDS_MAX = 86_400
ROOT = "/opt/ml/processing"


def create_processing_job(call: Call, request: JsonDict) -> JsonDict:
    """Start a processing job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html

    An output to Feature Store is the program's own matter, as at AWS: it is AppManaged, and the program ingests.
    Differs: input mode Pipe and queries of Redshift are refused; an image must be mapped.
    Errors: ResourceInUse for a taken name, ValidationException.
    """
    job_requests.mapped_image(call, request["AppSpecification"]["ImageUri"])
    job_requests.check_role(call, request["RoleArn"])
    job_requests.check_count(request["ProcessingResources"]["ClusterConfig"]["InstanceCount"])
    _check_inputs(request.get("ProcessingInputs", []))
    _check_outputs(request.get("ProcessingOutputConfig", {}).get("Outputs", []))
    seconds = {"MaxRuntimeInSeconds": DEFAULT_SECONDS_MAX}
    row = PROCESSING_JOB.create(
        call,
        request,
        document={"StoppingCondition": {**seconds, **request.get("StoppingCondition", {})}},
        status="InProgress",
        facts=job_requests.job_facts(),
    )
    return {"ProcessingJobArn": row.arn}


def stop_processing_job(call: Call, request: JsonDict) -> JsonDict:
    """Stop a processing job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopProcessingJob.html

    Errors: ValidationException for a job that is over or not there.
    """
    job_requests.stop(call, PROCESSING_JOB, request["ProcessingJobName"], "processing job")
    return {}


(describe_processing_job, list_processing_jobs) = PROCESSING_JOB.crud("describe list")


def _check_inputs(inputs: list[JsonDict]) -> None:
    job_requests.check_unique((each["InputName"] for each in inputs), "Input")
    for each in inputs:
        name = each["InputName"]
        if each.get("DatasetDefinition"):
            continue  # the job is made and says when it runs that the query cannot be had, as a failed query does
        source = each.get("S3Input")
        if source is None:
            raise validation(f"Input {name} must have an S3Input.")
        if source.get("S3InputMode") == "Pipe":
            raise validation(f"Input {name}: S3InputMode Pipe is not available in ormer. Use File.")
        if source.get("LocalPath"):
            job_requests.check_paths([(name, source["LocalPath"])], ROOT)


def _check_outputs(outputs: list[JsonDict]) -> None:
    job_requests.check_unique((each["OutputName"] for each in outputs), "Output")
    for each in outputs:
        name = each["OutputName"]
        if each.get("FeatureStoreOutput"):
            if not each.get("AppManaged"):
                raise validation(f"Output {name}: a FeatureStoreOutput must be AppManaged: the program ingests it.")
            continue
        if not each.get("S3Output"):
            raise validation(f"Output {name} must have an S3Output.")
        if each["S3Output"].get("LocalPath"):
            job_requests.check_paths([(name, each["S3Output"]["LocalPath"])], ROOT)
