"""What a job leaves for people who ask later: its trial component, and the lineage of its data, model and image.

https://docs.aws.amazon.com/sagemaker/latest/dg/experiments-view-compare.html
https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking-auto-creation.html

Both are made through the operations that people use, inside the transaction that changes the job.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.jobs.origins import Origins, Snapshot
from ormer.engines.jobs.plans import PROCESSING, TRAINING, Plan
from ormer.stores.port import Api, Port

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrialComponentSource.html
SUFFIXES = {
    "TrainingJob": "-aws-training-job",
    "ProcessingJob": "-aws-processing-job",
    "TransformJob": "-aws-transform-job",
}
# Limits of CreateTrialComponent and of its texts.
PARAMETERS_MAX = 300
TEXT_MAX = 2500
MESSAGE_MAX = 1024
ARTIFACTS_MAX = 60
KEY_MAX = 128
ARTIFACT_KEY_MAX = 64
STATUSES = {"Completed": "Completed", "Failed": "Failed", "Stopped": "Stopped"}
NOT_THERE = 501


def component_name(plan: Plan) -> str:
    """The name of a job's trial component."""
    config = plan.document.get("ExperimentConfig") or {}
    return str(config.get("RunName") or f"{plan.name}{SUFFIXES[plan.kind]}")


def component_arn(plan: Plan) -> str:
    """The ARN of a job's trial component."""
    name = component_name(plan).lower()
    return arns.arn("sagemaker", plan.region, plan.account, f"experiment-trial-component/{name}")


def begin(port: Port, plan: Plan, now: float) -> None:
    """Make the job's trial component and put it into the trial of its ExperimentConfig.

    Raises AwsError when the ExperimentConfig names what cannot be had.
    """
    api = port.acting_as(root_identity(plan.account), plan.region)
    config = plan.document.get("ExperimentConfig") or {}
    name = component_name(plan)
    request = {
        "TrialComponentName": name,
        "DisplayName": config.get("TrialComponentDisplayName") or name,
        "Source": {"SourceArn": plan.arn, "SourceType": f"SageMaker{plan.kind}"},
        "Status": {"PrimaryStatus": "InProgress"},
        "StartTime": now,
        "Parameters": _parameters(plan),
        "InputArtifacts": _inputs(plan),
    }
    if _call(api, "CreateTrialComponent", request, "already exists") is None and config.get("RunName"):
        _call(
            api, "UpdateTrialComponent", {key: request[key] for key in request if key not in ("Source", "DisplayName")}
        )
    if config.get("ExperimentName"):
        _call(api, "CreateExperiment", {"ExperimentName": config["ExperimentName"]}, "already exists")
        trial = config.get("TrialName") or f"Default-Run-Group-{config['ExperimentName']}"
        wanted = {"ExperimentName": config["ExperimentName"], "TrialName": trial}
        _call(api, "CreateTrial", wanted, "already exists")
        config = {**config, "TrialName": trial}
    if config.get("TrialName"):
        _call(api, "AssociateTrialComponent", {"TrialComponentName": name, "TrialName": config["TrialName"]})


def finish(
    port: Port,
    plan: Plan,
    status: str,
    reason: str,
    outputs: dict[str, str],
    now: float,
    origins: Origins,
    made: Iterable[Snapshot],
) -> None:
    """Close the trial component and draw the job's lineage. outputs: {name: S3 address}. made: their objects."""
    api = port.acting_as(root_identity(plan.account), plan.region)
    message = {"Message": _line(reason)[:MESSAGE_MAX]} if reason else {}
    _call(
        api,
        "UpdateTrialComponent",
        {
            "TrialComponentName": component_name(plan),
            "Status": {"PrimaryStatus": STATUSES[status], **message},
            "EndTime": now,
            "OutputArtifacts": {
                name[:ARTIFACT_KEY_MAX]: {"Value": uri} for name, uri in list(outputs.items())[:ARTIFACTS_MAX] if uri
            },
        },
    )
    component = component_arn(plan)
    for uri in dict.fromkeys(source.uri for source in plan.sources if source.uri):
        _edge(api, _artifact(api, uri, "DataSet"), component, "ContributedTo")
    if plan.image:
        _edge(api, _artifact(api, plan.image, "Image"), component, "ContributedTo")
    for request in origins.artifacts():
        _edge(api, _made(api, request), component, "ContributedTo")
    for name, uri in outputs.items():
        kind = "Model" if plan.kind == TRAINING and name == MODEL_OUTPUT else "DataSet"
        _edge(api, component, _artifact(api, uri, kind), "Produced")
    for snapshot in made:
        _edge(api, component, _made(api, snapshot.artifact()), "Produced")


MODEL_OUTPUT = "SageMaker.ModelArtifact"


def _artifact(api: Api, uri: str, kind: str) -> str | None:
    return _made(api, {"Source": {"SourceUri": uri}, "ArtifactType": kind})


def _made(api: Api, request: JsonDict) -> str | None:
    answer = _call(api, "CreateArtifact", request)
    return answer["ArtifactArn"] if answer else None


def _edge(api: Api, source: str | None, destination: str | None, kind: str) -> None:
    if source and destination:
        wanted = {"SourceArn": source, "DestinationArn": destination, "AssociationType": kind}
        _call(api, "AddAssociation", wanted, "already exists")


def _call(api: Api, operation: str, params: JsonDict, passed_over: str = "") -> JsonDict | None:
    """Call an operation; None when it refuses with the text that may be passed over, or is not there."""
    try:
        return api("sagemaker", operation, params)
    except AwsError as error:
        if error.status == NOT_THERE or (passed_over and passed_over in error.message):
            return None
        raise


def _parameters(plan: Plan) -> JsonDict:
    facts: dict[str, Any] = {"SageMaker.InstanceType": plan.instance_type, "SageMaker.InstanceCount": float(plan.count)}
    if plan.image:
        facts["SageMaker.ImageUri"] = plan.image
    cluster = plan.document.get("ResourceConfig") or plan.document.get("ProcessingResources", {}).get(
        "ClusterConfig", {}
    )
    if cluster.get("VolumeSizeInGB"):
        facts["SageMaker.VolumeSizeInGB"] = float(cluster["VolumeSizeInGB"])
    if plan.kind == PROCESSING:
        facts |= {"SageMaker.ContainerEntrypoint": " ".join(plan.entrypoint)} if plan.entrypoint else {}
    facts |= plan.document.get("HyperParameters", {})
    found = {}
    for name, value in list(facts.items())[:PARAMETERS_MAX]:
        found[name[:KEY_MAX]] = _parameter(value)
    return found


def _parameter(value: Any) -> JsonDict:
    try:
        return {"NumberValue": float(value)}
    except ValueError:
        return {"StringValue": _line(str(value))[:TEXT_MAX]}


def _line(text: str) -> str:
    """A text on one line, as the experiments' texts must be."""
    return " ".join(text.split())


def _inputs(plan: Plan) -> JsonDict:
    found = {source.name: {"Value": source.uri} for source in plan.sources if source.uri}
    if plan.image:
        found["SageMaker.ImageUri"] = {"Value": plan.image}
    return dict(list(found.items())[:ARTIFACTS_MAX])
