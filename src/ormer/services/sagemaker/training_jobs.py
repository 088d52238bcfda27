"""Training jobs: the operations. What runs them is the jobs engine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.engines.jobs.metrics import definitions_of
from ormer.services.sagemaker import job_requests
from ormer.stores.nouns import Noun
from ormer.stores.port import Call

JsonDict = dict[str, Any]

TRAINING_JOB = Noun(
    "TrainingJob",
    name="TrainingJobName",
    arn="training-job/{name}",
    missing=("ValidationException", "Requested resource not found."),
    taken=(
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job with this name already "
        "exists ({arn})",
    ),
    order="Ascending",
)
DEFAULT_SECONDS_MAX = 86_400


def create_training_job(call: Call, request: JsonDict) -> JsonDict:
    """Start a training job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html

    Differs: input mode Pipe and AugmentedManifestFile are refused; an image must be mapped to a runtime.
    Errors: ResourceInUse for a taken name, ValidationException, also for a channel without any object.
    """
    algorithm = request["AlgorithmSpecification"]
    if not algorithm.get("TrainingImage"):
        raise validation("Give AlgorithmSpecification.TrainingImage: ormer has no algorithm marketplace.")
    image = job_requests.mapped_image(call, algorithm["TrainingImage"])
    job_requests.check_role(call, request["RoleArn"])
    _check_resources(request["ResourceConfig"])
    _check_channels(request.get("InputDataConfig", []), algorithm["TrainingInputMode"])
    for channel in request.get("InputDataConfig", []):
        job_requests.check_data(call, channel["DataSource"]["S3DataSource"]["S3Uri"], request["RoleArn"])
    output = {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]}
    built_in = image.kind if definitions_of(image.kind) else ""
    document = {
        "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": bool(built_in), **algorithm},
        "OutputDataConfig": output,
        "ModelArtifacts": {"S3ModelArtifacts": _artifacts(request["TrainingJobName"], output)},
        "StoppingCondition": {"MaxRuntimeInSeconds": DEFAULT_SECONDS_MAX, **request.get("StoppingCondition", {})},
        "EnableNetworkIsolation": request.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": request.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": request.get("EnableManagedSpotTraining", False),
        "ProfilingStatus": _profiling(request),
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [
            {"Status": "Starting", "StartTime": call.now, "StatusMessage": "Preparing the instances for training"}
        ],
    }
    facts = {**job_requests.job_facts(), "built_in": built_in}
    row = TRAINING_JOB.create(call, request, document=document, status="InProgress", facts=facts)
    return {"TrainingJobArn": row.arn}


def stop_training_job(call: Call, request: JsonDict) -> JsonDict:
    """Stop a training job; it has 120 seconds to save its model, which is uploaded. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html

    Errors: ValidationException for a job that is over or not there.
    """
    job_requests.stop(call, TRAINING_JOB, request["TrainingJobName"], "training job")
    return {}


def describe_training_job(call: Call, request: JsonDict) -> JsonDict:
    """Answer a training job with the metrics its algorithm prints. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html

    Errors: ValidationException when there is none.
    """
    row = TRAINING_JOB.get(call, request["TrainingJobName"])
    return job_requests.with_own_metrics(row.document, row.facts.get("built_in", ""))


(list_training_jobs,) = TRAINING_JOB.crud("list")


def _check_resources(config: JsonDict) -> None:
    groups = config.get("InstanceGroups") or []
    if groups and (config.get("InstanceType") or config.get("InstanceCount")):
        raise validation("Give either InstanceGroups or InstanceType and InstanceCount, not both.")
    if not groups and not (config.get("InstanceType") and config.get("InstanceCount")):
        raise validation("ResourceConfig needs InstanceType and InstanceCount, or InstanceGroups.")
    job_requests.check_count(config.get("InstanceCount") or sum(group["InstanceCount"] for group in groups))


def _check_channels(channels: list[JsonDict], job_mode: str) -> None:
    job_requests.check_unique((each["ChannelName"] for each in channels), "Channel")
    if job_mode == "Pipe" and not channels:
        raise validation(_no_pipe("the job"))
    for channel in channels:
        name = channel["ChannelName"]
        if (channel.get("InputMode") or job_mode) == "Pipe":
            raise validation(_no_pipe(f"channel {name}"))
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise validation(f"Channel {name} must have an S3DataSource: ormer has no file systems of EFS or FSx.")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise validation(
                f"S3DataType {source['S3DataType']} of channel {name} needs the input mode Pipe, which ormer does not "
                "have. Use S3Prefix or ManifestFile."
            )


def _no_pipe(where: str) -> str:
    return f"Input mode Pipe of {where} is not available in ormer. Use File or FastFile."


def _artifacts(name: str, output: JsonDict) -> str:
    root = f"{output['S3OutputPath'].rstrip('/')}/{name}/output/model"
    return f"{root}/" if output["CompressionType"] == "NONE" else f"{root}.tar.gz"


def _profiling(request: JsonDict) -> str:
    return "Disabled" if (request.get("ProfilerConfig") or {}).get("DisableProfiler", True) else "Enabled"
