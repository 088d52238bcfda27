"""Monitoring job definitions: what a monitoring schedule runs, of four kinds that differ in little.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import monitoring_times
from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests
from ormer.services.sagemaker.endpoints import ENDPOINT
from ormer.stores import properties
from ormer.stores.monitoring import schedules
from ormer.stores.nouns import Noun
from ormer.stores.port import Call, Operation
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
# {MonitoringType: the resource part of its definitions' ARN}
MONITORS = {
    "DataQuality": "data-quality-job-definition",
    "ModelQuality": "model-quality-job-definition",
    "ModelBias": "model-bias-job-definition",
    "ModelExplainability": "model-explainability-job-definition",
}
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
PROCESSING_ROOT = "/opt/ml/processing"
DEFAULT_SECONDS_MAX = 3600
OFFSETS = ("StartTimeOffset", "EndTimeOffset")


def noun_of(monitor: str) -> Noun:
    """The noun of the definitions of a MonitoringType."""
    kind = f"{monitor}JobDefinition"
    return Noun(
        kind,
        name="JobDefinitionName",
        arn=f"{MONITORS[monitor]}/{{name}}",
        arn_member="JobDefinitionArn",
        plural="JobDefinitionSummaries",
        missing=("ResourceNotFound", "Could not find {kind} with the name {name} ({arn})."),
        taken=(
            "ResourceInUse",
            "Job definition names must be unique within an AWS account and region, and a {kind} with this name already "
            "exists ({arn})",
        ),
    )


NOUNS = {monitor: noun_of(monitor) for monitor in MONITORS}


def _operations(monitor: str) -> tuple[Operation, Operation, Operation, Operation]:
    """Create, describe, list and delete the definitions of one MonitoringType."""
    noun, kind = NOUNS[monitor], f"{monitor}JobDefinition"

    def create(call: Call, request: JsonDict) -> JsonDict:
        check_application(call, request[f"{monitor}AppSpecification"])
        check_input(call, request[f"{monitor}JobInput"])
        check_output(request[f"{monitor}JobOutputConfig"])
        job_requests.check_role(call, request["RoleArn"])
        job_requests.check_count(request["JobResources"]["ClusterConfig"]["InstanceCount"])
        stopping = {"MaxRuntimeInSeconds": DEFAULT_SECONDS_MAX, **request.get("StoppingCondition", {})}
        row = noun.create(call, request, document={"StoppingCondition": stopping})
        return {"JobDefinitionArn": row.arn}

    def describe(call: Call, request: JsonDict) -> JsonDict:
        return noun.get(call, request["JobDefinitionName"]).document

    def list_(call: Call, request: JsonDict) -> JsonDict:
        asked = request.get("EndpointName")
        place = f"{monitor}JobInput.EndpointInput.EndpointName"
        conditions = [table.c.arn.in_(properties.having(place, asked))] if asked else []
        rows, more = noun.rows(call, request, *conditions)
        summaries = [
            {
                "MonitoringJobDefinitionName": row.name,
                "MonitoringJobDefinitionArn": row.arn,
                "CreationTime": row.created,
                "EndpointName": row.document[f"{monitor}JobInput"].get("EndpointInput", {}).get("EndpointName", ""),
            }
            for row in rows
        ]
        return {"JobDefinitionSummaries": summaries, **more}

    def delete(call: Call, request: JsonDict) -> JsonDict:
        with call.write() as tx:
            row = noun.get(call, request["JobDefinitionName"])
            used = {"MonitoringJobDefinitionName": row.name, "MonitoringType": monitor}
            users = schedules.having(tx, call.account, call.region, **used)
            if users:
                raise validation(
                    f"Cannot delete the job definition {row.arn}: monitoring schedules use it: {', '.join(users)}. "
                    "Delete them by DeleteMonitoringSchedule, or give them another definition, first."
                )
            noun.remove(call, row)
        return {}

    create.__doc__ = (
        f"Name what a {monitor} monitor runs. {PAGE}Create{kind}.html\n\n"
        "Differs: an image must be mapped; an endpoint's data capture is looked at when the monitor runs.\n"
        "Errors: ResourceInUse for a taken name, ValidationException."
    )
    describe.__doc__ = f"Answer a definition as it was made. {PAGE}Describe{kind}.html\n\nErrors: ResourceNotFound."
    list_.__doc__ = f"Page through definitions, newest first. {PAGE}List{kind}s.html"
    delete.__doc__ = (
        f"Delete a definition. {PAGE}Delete{kind}.html\n\n"
        "Errors: ResourceNotFound; ValidationException while a schedule uses it."
    )
    return create, describe, list_, delete


(
    create_data_quality_job_definition,
    describe_data_quality_job_definition,
    list_data_quality_job_definitions,
    delete_data_quality_job_definition,
) = _operations("DataQuality")
(
    create_model_quality_job_definition,
    describe_model_quality_job_definition,
    list_model_quality_job_definitions,
    delete_model_quality_job_definition,
) = _operations("ModelQuality")
(
    create_model_bias_job_definition,
    describe_model_bias_job_definition,
    list_model_bias_job_definitions,
    delete_model_bias_job_definition,
) = _operations("ModelBias")
(
    create_model_explainability_job_definition,
    describe_model_explainability_job_definition,
    list_model_explainability_job_definitions,
    delete_model_explainability_job_definition,
) = _operations("ModelExplainability")


def check_application(call: Call, application: JsonDict) -> None:
    """Raise ValidationException for an image that nothing runs."""
    job_requests.mapped_image(call, application["ImageUri"])


def check_input(call: Call, given: JsonDict) -> None:
    """Raise ValidationException unless the input is one endpoint that is there, or the capture of batch transforms."""
    source = source_of(given)
    if "EndpointName" in source:
        ENDPOINT.get(call, source["EndpointName"])
    if source.get("S3InputMode") == "Pipe":
        raise validation("S3InputMode Pipe is not available in ormer. Use File.")
    job_requests.check_paths([("the monitoring input", source["LocalPath"])], PROCESSING_ROOT)
    try:
        offsets = [monitoring_times.offset_seconds(source.get(name, "-PT0H")) for name in OFFSETS]
    except ValueError as error:
        raise validation(str(error)) from None
    if "StartTimeOffset" in source and offsets[0] <= offsets[1]:
        raise validation("StartTimeOffset must precede EndTimeOffset, such as -P8D and -P1D.")


def source_of(given: JsonDict) -> JsonDict:
    """The EndpointInput or BatchTransformInput. Raises ValidationException unless there is exactly one of them."""
    endpoint, batch = given.get("EndpointInput"), given.get("BatchTransformInput")
    if (endpoint is None) == (batch is None):
        raise validation("Exactly one of EndpointInput and BatchTransformInput must be given.")
    found: JsonDict = endpoint if endpoint is not None else batch or {}
    return found


def check_output(output: JsonDict) -> None:
    """Raise ValidationException for a path outside a processing job's folders."""
    paths = [("the monitoring output", each["S3Output"]["LocalPath"]) for each in output["MonitoringOutputs"]]
    job_requests.check_paths(paths, PROCESSING_ROOT)
