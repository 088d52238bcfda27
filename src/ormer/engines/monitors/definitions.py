"""What a run needs of its monitor, read once from a job definition or from a schedule's inline one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
DATA_QUALITY, MODEL_QUALITY = "DataQuality", "ModelQuality"
MODEL_BIAS, MODEL_EXPLAINABILITY = "ModelBias", "ModelExplainability"
# These are analyzed by Clarify, which reads a configuration and compares with an analysis.
CLARIFY = (MODEL_BIAS, MODEL_EXPLAINABILITY)
SECONDS_MAX = 3600


class NoMonitor(Exception):
    """The job definition is gone; the text is the run's FailureReason."""


@dataclass(frozen=True)
class Monitor:
    """One monitor. type: its MonitoringType. inline: whether the schedule itself holds it, without a type of its own.

    source: the EndpointInput or BatchTransformInput. ground_truth: the address below which labels lie, or "".
    """

    type: str
    inline: bool
    application: JsonDict
    baseline: JsonDict
    source: JsonDict
    ground_truth: str
    output: JsonDict
    cluster: JsonDict
    network: JsonDict
    role_arn: str
    seconds_max: int

    @property
    def endpoint(self) -> str:
        """The endpoint's name; "" for batch transforms."""
        return str(self.source.get("EndpointName", ""))

    @property
    def output_uri(self) -> str:
        """Where reports go, without a slash at its end."""
        return str(self.output["MonitoringOutputs"][0]["S3Output"]["S3Uri"]).rstrip("/")

    @property
    def output_path(self) -> str:
        """The job's folder whose files are the report."""
        return str(self.output["MonitoringOutputs"][0]["S3Output"]["LocalPath"])


def monitor_of(tx: Tx, execution: Row) -> Monitor:
    """The monitor of a run. Raises NoMonitor when its definition is gone."""
    config = execution.facts["config"]
    inline = config.get("MonitoringJobDefinition")
    if inline is not None:
        return _inline(inline)
    kind, name = f"{config['MonitoringType']}JobDefinition", config["MonitoringJobDefinitionName"]
    row = resources.find(tx, execution.account, execution.region, "sagemaker", kind, name)
    if row is None:
        raise NoMonitor(f"The job definition {name} is not there any more. Give the schedule another one.")
    return _named(config["MonitoringType"], row.document)


def _inline(given: JsonDict) -> Monitor:
    return Monitor(
        type=DATA_QUALITY,
        inline=True,
        application={**given["MonitoringAppSpecification"], "Environment": given.get("Environment", {})},
        baseline=given.get("BaselineConfig", {}),
        source=_source(given["MonitoringInputs"][0]),
        ground_truth="",
        output=given["MonitoringOutputConfig"],
        cluster=given["MonitoringResources"]["ClusterConfig"],
        network=given.get("NetworkConfig", {}),
        role_arn=given["RoleArn"],
        seconds_max=given.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", SECONDS_MAX),
    )


def _named(type_: str, document: JsonDict) -> Monitor:
    given = document[f"{type_}JobInput"]
    return Monitor(
        type=type_,
        inline=False,
        application=document[f"{type_}AppSpecification"],
        baseline=document.get(f"{type_}BaselineConfig", {}),
        source=_source(given),
        ground_truth=given.get("GroundTruthS3Input", {}).get("S3Uri", "").rstrip("/"),
        output=document[f"{type_}JobOutputConfig"],
        cluster=document["JobResources"]["ClusterConfig"],
        network=document.get("NetworkConfig", {}),
        role_arn=document["RoleArn"],
        seconds_max=document["StoppingCondition"]["MaxRuntimeInSeconds"],
    )


def _source(given: JsonDict) -> JsonDict:
    found: JsonDict = given.get("EndpointInput") or given["BatchTransformInput"]
    return found
