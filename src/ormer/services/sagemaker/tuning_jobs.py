"""Hyperparameter tuning jobs: the operations. What tries values is the tuning engine.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError, validation
from ormer.aws.lifecycles import lifecycle
from ormer.engines.jobs.metrics import definitions_of
from ormer.engines.tuning.scales import Parameter, parameters
from ormer.engines.tuning.searches import grid_size
from ormer.services.sagemaker import autotuning, job_requests, warm_starts
from ormer.stores import resources, tuning
from ormer.stores.nouns import Noun, page_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# Members of both HyperParameterTuningResourceConfig and ResourceConfig.
OF_RESOURCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
NAME = "HyperParameterTuningJobName"
TUNING_JOB = Noun(
    tuning.KIND,
    name=NAME,
    arn="hyper-parameter-tuning-job/{name}",
    plural="HyperParameterTuningJobSummaries",
    missing=("ResourceNotFound", "Amazon SageMaker can't find a tuning job with the name {name}."),
    taken=("ResourceInUse", "A tuning job with this name already exists ({arn}): give each its own name."),
)
TRAINING_JOBS_MAX, EPOCHS_MAX = 750, 20_000
PAGE = 10
# In the facts: the kind of each definition's image, by which its own metrics are known.
BUILT_IN = "built_in"
MADE_OF = (tuning.DEFINITION, tuning.DEFINITIONS)
SORTED_BY = {
    "Name": lambda one: one["TrainingJobName"],
    "CreationTime": lambda one: one["CreationTime"],
    "Status": lambda one: one["TrainingJobStatus"],
    "FinalObjectiveMetricValue": lambda one: one[tuning.OBJECTIVE]["Value"],
}


def create_hyper_parameter_tuning_job(call: Call, request: JsonDict) -> JsonDict:
    """Start a tuning job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html

    With Autotune the ranges that were not given are chosen when the job is made, and Describe tells them.
    Differs: Hyperband draws its values at random.
    Errors: ResourceInUse for a taken name, ResourceNotFound for a parent that is not there, ValidationException.
    """
    given = [one for member in MADE_OF for one in _listed(request.get(member))]
    if not given or (tuning.DEFINITION in request and tuning.DEFINITIONS in request):
        raise validation(f"Give exactly one of {tuning.DEFINITION} and {tuning.DEFINITIONS}.")
    if (request.get("Autotune") or {}).get("Mode") == "Enabled":
        request = autotuning.resolved(call, request)
        given = [one for member in MADE_OF for one in _listed(request.get(member))]
    _check_strategy(request)
    job_requests.check_unique((one.get("DefinitionName", "") for one in given), "Training job definition")
    kinds = [_check_definition(call, request, definition) for definition in given]
    parents = [TUNING_JOB.get(call, name) for name in warm_starts.parent_names(request)]
    learned = warm_starts.taken_over(call, request, parents) if parents else {}
    members = {name: _with_objective(request, request[name]) for name in MADE_OF if name in request}
    row = TUNING_JOB.create(
        call,
        request,
        document={**tuning.told([]), **members},
        status="InProgress",
        facts={tuning.TRIALS: [], BUILT_IN: kinds, **learned},
    )
    return {"HyperParameterTuningJobArn": row.arn}


def describe_hyper_parameter_tuning_job(call: Call, request: JsonDict) -> JsonDict:
    """Answer a tuning job with its counters and its best training job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeHyperParameterTuningJob.html

    Errors: ResourceNotFound.
    """
    row = TUNING_JOB.get(call, request[NAME])
    kinds = row.facts.get(BUILT_IN, ())
    told = [
        job_requests.with_own_metrics(one, kind)
        for one, kind in zip(tuning.definitions(row.document), kinds, strict=False)
    ]
    if not told:
        return row.document
    return row.document | (
        {tuning.DEFINITIONS: told} if tuning.DEFINITIONS in row.document else {tuning.DEFINITION: told[0]}
    )


def list_hyper_parameter_tuning_jobs(call: Call, request: JsonDict) -> JsonDict:
    """Page through tuning jobs. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListHyperParameterTuningJobs.html"""
    rows, more = TUNING_JOB.rows(call, request)
    shown = [
        {
            **row.document,
            "Strategy": row.document[tuning.CONFIG]["Strategy"],
            "ResourceLimits": row.document[tuning.CONFIG]["ResourceLimits"],
        }
        for row in rows
    ]
    return {"HyperParameterTuningJobSummaries": shown, **more}


def list_training_jobs_for_hyper_parameter_tuning_job(call: Call, request: JsonDict) -> JsonDict:
    """Page through the training jobs of a tuning job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobsForHyperParameterTuningJob.html

    Errors: ResourceNotFound.
    """
    row = TUNING_JOB.get(call, request[NAME])
    with call.read() as tx:
        found = tuning.summaries(tx, row)
    wanted, by = request.get("StatusEquals"), request.get("SortBy", "Name")
    found = [one for one in found if wanted in (None, one["TrainingJobStatus"])]
    if by == "FinalObjectiveMetricValue":
        # As at AWS, jobs without an objective are left out when it is what they are sorted by.
        found = [one for one in found if tuning.OBJECTIVE in one]
    found.sort(key=SORTED_BY[by], reverse=request.get("SortOrder") == "Descending")
    page, following = page_of(found, request.get("NextToken"), request.get("MaxResults") or PAGE)
    return {"TrainingJobSummaries": page, **({"NextToken": following} if following else {})}


def stop_hyper_parameter_tuning_job(call: Call, request: JsonDict) -> JsonDict:
    """Stop a tuning job and the training jobs that it runs. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopHyperParameterTuningJob.html

    Errors: ResourceNotFound; ValidationException for one that is over.
    """
    with call.write() as tx:
        row = TUNING_JOB.get(call, request[NAME])
        if row.status in lifecycle(row.kind).final:
            raise validation(f"The request was rejected because the tuning job is in status {row.status}.")
        resources.advance(tx, row.arn, "Stopping", now=call.now, actor=call.identity.arn, expect=["InProgress"])
    return {}


def delete_hyper_parameter_tuning_job(call: Call, request: JsonDict) -> JsonDict:
    """Delete a tuning job that is over; its training jobs stay. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteHyperParameterTuningJob.html

    Errors: ResourceNotFound; ResourceInUse while it runs.
    """
    with call.write():
        row = TUNING_JOB.get(call, request[NAME])
        if row.status not in lifecycle(row.kind).final:
            raise AwsError("ResourceInUse", f"Tuning job {row.name} is {row.status}: stop it first.")
        TUNING_JOB.remove(call, row)
    return {}


def _with_objective(request: JsonDict, given: Any) -> Any:
    """Definitions with the static hyperparameter that tells the algorithm its objective, as Describe answers them."""
    if isinstance(given, list):
        return [_with_objective(request, one) for one in given]
    fixed = {tuning.OBJECTIVE_PARAMETER: tuning.objective(request, given)["MetricName"]}
    return {
        **_resources(given),
        **given,
        "StaticHyperParameters": {**fixed, **(given.get("StaticHyperParameters") or {})},
    }


def _resources(given: JsonDict) -> JsonDict:
    """The ResourceConfig that stands in an answer too where the tuning's resources are of one type.

    SDKs send HyperParameterTuningResourceConfig and take a tuner up again by the ResourceConfig they are told.
    """
    resources = given.get("HyperParameterTuningResourceConfig") or {}
    if "InstanceType" not in resources:
        return {}
    return {"ResourceConfig": {name: resources[name] for name in OF_RESOURCES if name in resources}}


def _listed(value: Any) -> list[JsonDict]:
    return value if isinstance(value, list) else [value] if value else []


def _check_strategy(request: JsonDict) -> None:
    config = request[tuning.CONFIG]
    if config["Strategy"] == "Hyperband" and config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise validation("Hyperband stops training jobs by itself: TrainingJobEarlyStoppingType must be Off with it.")
    if config["Strategy"] != "Hyperband" and config.get("StrategyConfig"):
        raise validation(f"StrategyConfig is Hyperband's; the strategy is {config['Strategy']}: leave it out.")
    limits = config["ResourceLimits"]
    most = limits.get("MaxNumberOfTrainingJobs")
    if most is None and config["Strategy"] != "Grid":
        raise validation(f"The strategy {config['Strategy']} needs ResourceLimits.MaxNumberOfTrainingJobs.")
    if most is not None and not limits["MaxParallelTrainingJobs"] <= most <= TRAINING_JOBS_MAX:
        raise validation(
            f"MaxNumberOfTrainingJobs must be between MaxParallelTrainingJobs and {TRAINING_JOBS_MAX}, it is {most}."
        )


def _check_definition(call: Call, request: JsonDict, definition: JsonDict) -> str:
    """The kind of a definition's image. Raises ValidationException for one whose training jobs could not be."""
    algorithm = definition["AlgorithmSpecification"]
    if not algorithm.get("TrainingImage"):
        raise validation("Give AlgorithmSpecification.TrainingImage: ormer has no algorithm marketplace.")
    image = job_requests.mapped_image(call, algorithm["TrainingImage"])
    job_requests.check_role(call, definition["RoleArn"])
    if not (definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig")):
        raise validation("A training job definition needs ResourceConfig or HyperParameterTuningResourceConfig.")
    config = request[tuning.CONFIG]
    if not (definition.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")):
        raise validation("Give HyperParameterTuningJobObjective, or a TuningObjective in each definition.")
    metric = tuning.objective(request, definition)["MetricName"]
    known = {name for name, _ in definitions_of(image.kind)} or {
        one["Name"] for one in algorithm.get("MetricDefinitions") or ()
    }
    if metric not in known:
        names = ", ".join(sorted(known)) or "none"
        raise validation(
            f"The objective metric, [{metric}], isn't valid for the training image {algorithm['TrainingImage']}: it is "
            f"not among its metrics ({names}). Choose one of them, or define it in MetricDefinitions."
        )
    _check_ranges(config, tuning.ranges(request, definition), bool(request.get("Autotune")))
    if config["Strategy"] == "Hyperband":
        _check_band(*tuning.band(request, definition))
    return image.kind


def _check_band(low: int, high: int | None) -> None:
    if high is None:
        names = ", ".join(tuning.EPOCHS)
        raise validation(
            "Hyperband needs StrategyConfig.HyperbandStrategyConfig.MaxResource: the most epochs that a training job "
            f"may have. It is not given, and no static hyperparameter says it by one of the names {names}."
        )
    if low > high or high > EPOCHS_MAX:
        raise validation(
            f"Hyperband's MinResource {low} must not be above its MaxResource {high}, which may be "
            f"{EPOCHS_MAX} at most."
        )


def _check_ranges(config: JsonDict, ranges: JsonDict, is_autotuned: bool) -> None:
    if ranges.get(autotuning.HINTS) and not is_autotuned:
        raise validation("AutoParameters are for Autotune: set its Mode to Enabled, or leave AutoParameters out.")
    try:
        found = parameters(ranges)
    except ValueError as error:
        raise validation(f"ParameterRanges cannot be searched: {error}.") from None
    if not found:
        raise validation("Give at least one range in ParameterRanges: there is nothing to tune.")
    if config["Strategy"] == "Grid":
        _check_grid(config, found)


def _check_grid(config: JsonDict, found: list[Parameter]) -> None:
    numeric = next((one.name for one in found if not one.choices), None)
    if numeric is not None:
        raise validation(f"The strategy Grid takes categorical ranges only; {numeric} has another.")
    size, most = grid_size(found), config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if size > TRAINING_JOBS_MAX or most not in (None, size):
        raise validation(
            f"The grid has {size} combinations; MaxNumberOfTrainingJobs must be left out or be that, and may be "
            f"{TRAINING_JOBS_MAX} at most."
        )
