"""What DescribeEndpoint says of an endpoint, in AWS's words, from what is kept and what is true.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.deployments import Outcome
from ormer.engines.hosting.records import Deployment, Fleet, State
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PHASES = {"growing": "Creating", "baking": "Baking", "holding": "Baking"}
# Members that may be there and may not.
PASSING = (
    *("FailureReason", "PendingDeploymentSummary", "DataCaptureConfig", "AsyncInferenceConfig"),
    "ShadowProductionVariants",
)


def words(row: Row, state: State, crew: Crew, outcome: Outcome) -> JsonDict:
    """The members of the document that follow from the state; those of PASSING that it lacks are to go."""
    deployment = state.deployment
    first = row.status == "Creating"
    config = deployment.config if first and deployment is not None and deployment.config else state.config
    fresh = set(deployment.fresh) if deployment is not None and not first else set()
    old = [fleet for fleet in state.fleets if fleet.number not in fresh and (fleet.count or fleet.share or deployment)]
    found: JsonDict = {}
    if old:
        found["ProductionVariants"] = [_summary(each, state, crew) for each in old if not each.shadow]
        shadows = [_summary(each, state, crew) for each in old if each.shadow]
        if shadows:
            found["ShadowProductionVariants"] = shadows
    elif "ShadowProductionVariants" in row.document:
        found["ShadowProductionVariants"] = row.document["ShadowProductionVariants"]
    if config:
        found["EndpointConfigName"] = config["EndpointConfigName"]
    if config.get("DataCaptureConfig"):
        found["DataCaptureConfig"] = _capture(config["DataCaptureConfig"], outcome.status or row.status)
    if config.get("AsyncInferenceConfig"):
        found["AsyncInferenceConfig"] = config["AsyncInferenceConfig"]
    if deployment is not None and deployment.config is not None and not first and not deployment.back:
        found["PendingDeploymentSummary"] = _pending(state, deployment, crew)
    if deployment is not None and deployment.asked:
        found["LastDeploymentConfig"] = deployment.asked
    reason = outcome.reason if outcome.status else row.document.get("FailureReason", "")
    if reason and (outcome.status or row.status) != "Updating":
        found["FailureReason"] = reason
    return found


def resolved_image(uri: str, environment: str) -> str:
    """The image by digest, as AWS resolves a tag: here the digest is of the environment that runs in its place."""
    repository = uri.rpartition(":")[0] if ":" in uri.rpartition("/")[2] else uri
    return f"{repository.partition('@')[0]}@sha256:{hashlib.sha256(environment.encode()).hexdigest()}"


def _summary(fleet: Fleet, state: State, crew: Crew) -> JsonDict:
    found: JsonDict = {"VariantName": fleet.name}
    laid = crew.laid(fleet)
    if laid is not None:
        found["DeployedImages"] = [
            {
                "SpecifiedImage": container.image,
                "ResolvedImage": resolved_image(container.image, venv.name),
                "ResolutionTime": fleet.resolved,
            }
            for container, venv in zip(fleet.containers, laid.venvs, strict=True)
        ]
    serves = fleet.share > 0 or not state.deployment
    found |= {"CurrentWeight": fleet.weight if serves else 0.0, "DesiredWeight": fleet.weight}
    deployment = state.deployment
    if fleet.serverless:
        found |= {"CurrentServerlessConfig": fleet.serverless, "DesiredServerlessConfig": fleet.serverless}
    else:
        desired = fleet.count
        if deployment is not None and deployment.stages:
            desired = next(
                (each.count for each in deployment.stages[-1].targets if each.fleet == fleet.number), desired
            )
            if deployment.fresh and str(fleet.number) in deployment.before:
                desired = deployment.before[str(fleet.number)][0]
        found |= {"CurrentInstanceCount": min(crew.ready(fleet), fleet.count), "DesiredInstanceCount": desired}
    for member in ("ManagedInstanceScaling", "RoutingConfig"):
        if fleet.variant.get(member):
            found[member] = fleet.variant[member]
    if deployment is not None:
        rescales = deployment.config is None
        status = "Updating" if rescales or fleet.number not in deployment.fresh else PHASES[deployment.phase]
        found["VariantStatus"] = [{"Status": status, "StartTime": deployment.began}]
    return found


def _pending(state: State, deployment: Deployment, crew: Crew) -> JsonDict:
    assert deployment.config is not None, "only a deployment to a configuration has a summary"
    fresh = [fleet for fleet in state.fleets if fleet.number in deployment.fresh]
    made = {
        "EndpointConfigName": deployment.config["EndpointConfigName"],
        "ProductionVariants": [_pending_variant(each, state, crew) for each in fresh if not each.shadow],
        "StartTime": deployment.began,
    }
    shadows = [_pending_variant(each, state, crew) for each in fresh if each.shadow]
    return {**made, "ShadowProductionVariants": shadows} if shadows else made


def _pending_variant(fleet: Fleet, state: State, crew: Crew) -> JsonDict:
    found = _summary(fleet, state, crew)
    if fleet.variant.get("InstanceType"):
        found["InstanceType"] = fleet.variant["InstanceType"]
    found["CurrentWeight"] = fleet.weight * fleet.share
    return found


def _capture(config: JsonDict, status: str) -> JsonDict:
    on = config.get("EnableCapture", True)
    return {
        "EnableCapture": on,
        "CaptureStatus": "Started" if on and status not in ("Creating", "Failed") else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
