"""What the engine needs of a job, read once from its document into values that no longer change."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.jobs.metrics import definitions_of
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

TRAINING, PROCESSING, TRANSFORM = "TrainingJob", "ProcessingJob", "TransformJob"
KINDS = (TRAINING, PROCESSING, TRANSFORM)

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
# The hyperparameter of a job that trains by a script of its own.
PROGRAM = "sagemaker_program"
TRAINING_SECONDS_MAX = 86_400
PROCESSING_SECONDS_MAX = 86_400
TRANSFORM_SECONDS_MAX = 5 * 86_400
# How long a container has between SIGTERM and SIGKILL.
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
TRAINING_GRACE_SECONDS = 120.0
PROCESSING_GRACE_SECONDS = 30.0
CHECKPOINTS = "/opt/ml/checkpoints"
PROCESSING_ROOT = "/opt/ml/processing"
TRANSFORM_INPUT, TRANSFORM_OUTPUT = "/opt/ml/transform/input", "/opt/ml/transform/output"
# Captured data are manifests that are written here, not by the job.
CAPTURE, TRANSFORM_CAPTURE = "capture", "/opt/ml/transform/capture"


@dataclass(frozen=True)
class Source:
    """Objects of S3 that a job reads. local: the folder inside the job. data_type, distribution: AWS's words."""

    name: str
    uri: str
    local: str
    data_type: str = "S3Prefix"
    distribution: str = "FullyReplicated"
    gzip: bool = False
    attributes: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True)
class Destination:
    """A folder of the job whose files go to S3. continuous: while the job runs, too."""

    name: str
    uri: str
    local: str
    continuous: bool = False


@dataclass(frozen=True)
class Plan:
    """One job, whatever its kind. Seconds and counts; `hosts` are `algo-1` to `algo-N`."""

    kind: str
    arn: str
    name: str
    account: str
    region: str
    role_arn: str
    image: str
    entrypoint: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    instance_type: str
    count: int
    seconds_max: float
    grace_seconds: float
    isolated: bool
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    checkpoints: Destination | None = None
    metric_definitions: tuple[tuple[str, str], ...] = ()
    retries: int = 0
    document: JsonDict = field(default_factory=dict)

    @property
    def hosts(self) -> list[str]:
        return [f"algo-{number}" for number in range(1, self.count + 1)]

    @property
    def log_group(self) -> str:
        return f"/aws/sagemaker/{self.kind}s"

    @property
    def syncs(self) -> bool:
        """Whether files travel while the job runs."""
        return self.checkpoints is not None or any(each.continuous for each in self.destinations)


def plan_of(row: Row) -> Plan:
    """The plan of a job's document."""
    return {TRAINING: _training, PROCESSING: _processing, TRANSFORM: _transform}[row.kind](row)


def _training(row: Row) -> Plan:
    document = _gathered(row)
    algorithm, cluster = document["AlgorithmSpecification"], document["ResourceConfig"]
    groups = cluster.get("InstanceGroups") or []
    output = document["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    checkpoint = document.get("CheckpointConfig")
    return Plan(
        kind=row.kind,
        arn=row.arn,
        name=row.name,
        account=row.account,
        region=row.region,
        role_arn=document["RoleArn"],
        image=algorithm.get("TrainingImage", ""),
        entrypoint=tuple(algorithm.get("ContainerEntrypoint", ())),
        arguments=tuple(algorithm.get("ContainerArguments", ())),
        environment=document.get("Environment", {}),
        instance_type=cluster.get("InstanceType") or groups[0]["InstanceType"],
        count=cluster.get("InstanceCount") or sum(group["InstanceCount"] for group in groups),
        seconds_max=document.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", TRAINING_SECONDS_MAX),
        grace_seconds=TRAINING_GRACE_SECONDS,
        isolated=bool(document.get("EnableNetworkIsolation")),
        sources=tuple(_channel(each) for each in document.get("InputDataConfig", ())),
        destinations=(
            Destination(
                "intermediate", f"{output}/{row.name}/output/intermediate", "/opt/ml/output/intermediate", True
            ),
        ),
        checkpoints=checkpoint
        and Destination("checkpoints", checkpoint["S3Uri"], checkpoint.get("LocalPath") or CHECKPOINTS, True),
        metric_definitions=_metric_definitions(algorithm, row.facts.get("built_in", "")),
        retries=document.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0),
        document=document,
    )


def _gathered(row: Row) -> JsonDict:
    """A training job's document. Built-in XGBoost trains one model over what its instances have together, and here its
    first instance does that for all of them: it is given the whole of what would be shared out."""
    document, given = row.document, row.document.get("HyperParameters", {})
    if row.facts.get("built_in") != "xgboost" or PROGRAM in given:
        return document
    return {**document, "InputDataConfig": [_whole(each) for each in document.get("InputDataConfig", ())]}


def _whole(channel: JsonDict) -> JsonDict:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        return channel
    return {**channel, "DataSource": {"S3DataSource": {**source, "S3DataDistributionType": "FullyReplicated"}}}


def _metric_definitions(algorithm: JsonDict, built_in: str) -> tuple[tuple[str, str], ...]:
    given = {each["Name"]: each["Regex"] for each in algorithm.get("MetricDefinitions", ()) if each.get("Regex")}
    return tuple((dict(definitions_of(built_in)) | given).items())


def _channel(channel: JsonDict) -> Source:
    source = channel["DataSource"].get("S3DataSource")
    name = channel["ChannelName"]
    local = f"/opt/ml/input/data/{name}"
    if source is None:
        return Source(name, "", local)
    return Source(
        name,
        source["S3Uri"],
        local,
        source["S3DataType"],
        source.get("S3DataDistributionType", "FullyReplicated"),
        channel.get("CompressionType") == "Gzip",
        tuple(source.get("AttributeNames", ())),
        (channel.get("ShuffleConfig") or {}).get("Seed"),
    )


def _processing(row: Row) -> Plan:
    document = row.document
    application, cluster = document["AppSpecification"], document["ProcessingResources"]["ClusterConfig"]
    outputs = document.get("ProcessingOutputConfig", {}).get("Outputs", ())
    return Plan(
        kind=row.kind,
        arn=row.arn,
        name=row.name,
        account=row.account,
        region=row.region,
        role_arn=document["RoleArn"],
        image=application["ImageUri"],
        entrypoint=tuple(application.get("ContainerEntrypoint", ())),
        arguments=tuple(application.get("ContainerArguments", ())),
        environment=document.get("Environment", {}),
        instance_type=cluster["InstanceType"],
        count=cluster["InstanceCount"],
        seconds_max=document.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", PROCESSING_SECONDS_MAX),
        grace_seconds=PROCESSING_GRACE_SECONDS,
        isolated=bool((document.get("NetworkConfig") or {}).get("EnableNetworkIsolation")),
        sources=tuple(
            source
            for each in document.get("ProcessingInputs", ())
            if (source := _processing_input(row.name, each)) is not None
        ),
        destinations=tuple(
            Destination(
                each["OutputName"],
                each["S3Output"]["S3Uri"],
                _below_processing(each["S3Output"].get("LocalPath"), "output", each["OutputName"]),
                each["S3Output"]["S3UploadMode"] == "Continuous",
            )
            for each in outputs
            if each.get("S3Output") and not each.get("AppManaged")
        ),
        document=document,
    )


def queried_uri(job: str, name: str, asked: JsonDict) -> str:
    """Where the rows of an input that is a query are put: below its own address, apart from other jobs'."""
    return f"{asked['OutputS3Uri'].rstrip('/')}/{job}/{name}/"


def _processing_input(job: str, each: JsonDict) -> Source | None:
    """An input, None for one that the program fetches itself (AppManaged) or that has no data here."""
    defined = each.get("DatasetDefinition") or {}
    source = each.get("S3Input") or defined.get("S3Input")
    if "AthenaDatasetDefinition" in defined and not each.get("AppManaged"):
        return Source(
            each["InputName"],
            queried_uri(job, each["InputName"], defined["AthenaDatasetDefinition"]),
            _below_processing(defined.get("LocalPath"), "input", each["InputName"]),
            "S3Prefix",
            defined.get("DataDistributionType", "FullyReplicated"),
        )
    if source is None or each.get("AppManaged"):
        return None
    return Source(
        each["InputName"],
        source["S3Uri"],
        _below_processing(source.get("LocalPath"), "input", each["InputName"]),
        source.get("S3DataType", "S3Prefix"),
        source.get("S3DataDistributionType", "FullyReplicated"),
        source.get("S3CompressionType") == "Gzip",
    )


def _below_processing(path: str | None, folder: str, name: str) -> str:
    return posixpath.normpath(path) if path else f"{PROCESSING_ROOT}/{folder}/{name}"


def _transform(row: Row) -> Plan:
    document = row.document
    source = document["TransformInput"]["DataSource"]["S3DataSource"]
    cluster, capture = document["TransformResources"], document.get("DataCaptureConfig")
    return Plan(
        kind=row.kind,
        arn=row.arn,
        name=row.name,
        account=row.account,
        region=row.region,
        role_arn=row.facts.get("role_arn", ""),
        image="",
        entrypoint=(),
        arguments=(),
        environment=document.get("Environment", {}),
        instance_type=cluster["InstanceType"],
        count=cluster["InstanceCount"],
        seconds_max=TRANSFORM_SECONDS_MAX,
        grace_seconds=PROCESSING_GRACE_SECONDS,
        isolated=bool(row.facts.get("isolated")),
        sources=(Source("input", source["S3Uri"], TRANSFORM_INPUT, source["S3DataType"], "ShardedByS3Key"),),
        destinations=(
            Destination("output", document["TransformOutput"]["S3OutputPath"], TRANSFORM_OUTPUT),
            *([Destination(CAPTURE, capture["DestinationS3Uri"], TRANSFORM_CAPTURE)] if capture else []),
        ),
        document=document,
    )


def plain_hyperparameter(value: str) -> str:
    """A hyperparameter that the SDK may have encoded as JSON text, plain."""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, str) else value
