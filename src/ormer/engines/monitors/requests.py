"""The processing jobs of a run: the merge of ground truth, and the analysis, as CreateProcessingJob requests.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.aws.monitoring_times import HOUR_SECONDS
from ormer.engines.monitors import formats
from ormer.engines.monitors.captured import hour_folder
from ormer.engines.monitors.definitions import CLARIFY, DATA_QUALITY, Monitor
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingJob.html: ten inputs, five of them our own.
PIECES_MAX = 4
NAME_CHARACTERS_MAX = 63
# The analysis has this long at least, however long the merge took.
ANALYSIS_SECONDS_MIN = 60
BASELINE = "/opt/ml/processing/baseline"
SCRIPTS = "/opt/ml/processing/code"
LABELS = "/opt/ml/processing/groundtruth"
MERGED = "/opt/ml/processing/output"
CONFIG = "/opt/ml/processing/input/config"
CONFIG_FILE = "analysis_config.json"
ANALYSIS_TYPES = {
    "ModelQuality": "MODEL_QUALITY",
    "ModelBias": "MODEL_BIAS",
    "ModelExplainability": "MODEL_EXPLAINABILITY",
}
PREFIXES = {
    "DataQuality": "data-quality-monitoring",
    "ModelQuality": "model-quality-monitoring",
    "ModelBias": "model-bias-monitoring",
    "ModelExplainability": "model-explainability-monitoring",
}
PROGRAM = ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
INLINE_PREFIX, MERGE_PREFIX = "model-monitoring", "groundtruth-merge"
MERGER = "sagemaker-model-monitor-groundtruth-merger"
# Whatever the cluster, these analyze once: a second host would say the same again.
OWN_IMAGES = re.compile(r"(?:.*/)?sagemaker-(?:model-monitor-analyzer|clarify-processing)(?:[:@].*)?")
ATTRIBUTES = {
    "FeaturesAttribute": "features_attribute",
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
    "ExcludeFeaturesAttribute": "exclude_features_attribute",
}


@dataclass(frozen=True)
class Piece:
    """A part of a job's data. place: where it lies below the input's folder. data_type: AWS's word."""

    uri: str
    place: str
    data_type: str = "S3Prefix"


@dataclass(frozen=True)
class Baseline:
    """The addresses of a monitor's baseline files; "" for what there is none of."""

    constraints: str = ""
    statistics: str = ""


def report_uri(monitor: Monitor, execution: Row) -> str:
    """Where a run's report goes, by the hour it was scheduled for; a run off the hour has a folder of its own."""
    scheduled = execution.document["ScheduledTime"]
    below = [execution.document["MonitoringScheduleName"], hour_folder(scheduled)]
    if monitor.endpoint:
        below.insert(0, monitor.endpoint)
    if scheduled % HOUR_SECONDS:
        below.append(datetime.fromtimestamp(scheduled, UTC).strftime("%M-%S"))
    return "/".join([monitor.output_uri, *below])


def merge_id(execution: Row) -> str:
    """What the files of this run's merge bear in their names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, execution.arn))


def merge_place(monitor: Monitor, execution: Row) -> str:
    """The folder of merged data below `<output>/merge`: the endpoint's, or the schedule's of batch transforms."""
    return monitor.endpoint or str(execution.document["MonitoringScheduleName"])


def merge(monitor: Monitor, execution: Row, captured: Sequence[Piece], labels: Sequence[Piece]) -> JsonDict:
    """The job that joins captured data with their ground truth."""
    environment = {
        **_about(monitor, execution),
        "dataset_format": json.dumps(formats.captured_format(monitor)),
        "dataset_source": monitor.source["LocalPath"],
        "ground_truth_source": LABELS,
        "output_path": MERGED,
        "merged_folder": merge_place(monitor, execution),
        "merge_id": merge_id(execution),
    }
    inputs = _data_inputs("endpoint_input", monitor.source["LocalPath"], captured)
    inputs += _data_inputs("groundtruth_input", LABELS, labels)
    application = {"ImageUri": _image_beside(monitor.application["ImageUri"], MERGER)}
    output = {"S3Uri": f"{monitor.output_uri}/merge", "LocalPath": MERGED, "S3UploadMode": "EndOfJob"}
    request = _request(monitor, execution, MERGE_PREFIX, application, inputs, output, environment)
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 1
    return request


def analysis(
    monitor: Monitor,
    execution: Row,
    data: Sequence[Piece],
    baseline: Baseline,
    config_uri: str,
    seconds_spent: float,
) -> JsonDict:
    """The job that analyzes the window. data: captured, or merged with ground truth. config_uri: Clarify's, or ""."""
    application, folder = monitor.application, monitor.source["LocalPath"]
    inputs = _data_inputs("endpoint_input" if monitor.endpoint else "batch_transform_input", folder, data)
    environment = _analysis_environment(monitor, execution)
    for name, uri, place, variable in _files(monitor, baseline):
        if uri:
            inputs.append(_input(name, uri, place))
            environment[variable] = f"{place}/{uri.rsplit('/', 1)[-1]}"
    if config_uri:
        inputs.append(_input("analysis_config", config_uri, CONFIG))
    output = {
        "S3Uri": report_uri(monitor, execution),
        "LocalPath": monitor.output_path,
        "S3UploadMode": monitor.output["MonitoringOutputs"][0]["S3Output"].get("S3UploadMode", "EndOfJob"),
    }
    own: JsonDict = {name: application[name] for name in PROGRAM if name in application}
    prefix = INLINE_PREFIX if monitor.inline else PREFIXES[monitor.type]
    request = _request(monitor, execution, prefix, own, inputs, output, environment)
    left = max(int(monitor.seconds_max - seconds_spent), min(ANALYSIS_SECONDS_MIN, monitor.seconds_max))
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": left}
    return request


def _analysis_environment(monitor: Monitor, execution: Row) -> dict[str, str]:
    """The user's own variables, and over them those of the contract."""
    application = monitor.application
    environment = {
        "publish_cloudwatch_metrics": "Disabled",
        **application.get("Environment", {}),
        **_about(monitor, execution),
        "dataset_format": json.dumps(formats.analyzed_format(monitor)),
        "dataset_source": monitor.source["LocalPath"],
        "output_path": monitor.output_path,
        **{name: str(monitor.source[member]) for member, name in ATTRIBUTES.items() if member in monitor.source},
    }
    if monitor.type in ANALYSIS_TYPES:
        environment["analysis_type"] = ANALYSIS_TYPES[monitor.type]
    if application.get("ProblemType"):
        environment["problem_type"] = application["ProblemType"]
    return environment


def _files(monitor: Monitor, baseline: Baseline) -> list[tuple[str, str, str, str]]:
    """(input name, address or "", folder, variable that names the file) of what an analysis has beside its data."""
    application, before, after = monitor.application, "RecordPreprocessorSourceUri", "PostAnalyticsProcessorSourceUri"
    pre, post = f"{SCRIPTS}/preprocessing", f"{SCRIPTS}/postprocessing"
    return [
        ("constraints", baseline.constraints, f"{BASELINE}/constraints", "baseline_constraints"),
        ("baseline", baseline.statistics, f"{BASELINE}/stats", "baseline_statistics"),
        ("pre_processor_script", application.get(before, ""), pre, "record_preprocessor_script"),
        ("post_processor_script", application.get(after, ""), post, "post_analytics_processor_script"),
    ]


def job_arn(execution: Row, name: str) -> str:
    """The ARN of the run's job of this name."""
    return arns.arn("sagemaker", execution.region, execution.account, f"processing-job/{name}")


def _request(
    monitor: Monitor,
    execution: Row,
    prefix: str,
    application: JsonDict,
    inputs: list[JsonDict],
    output: JsonDict,
    environment: JsonDict,
) -> JsonDict:
    cluster = dict(monitor.cluster)
    if OWN_IMAGES.fullmatch(application["ImageUri"]):
        cluster["InstanceCount"] = 1
    outputs: JsonDict = {"Outputs": [{"OutputName": "result", "S3Output": output}]}
    if monitor.output.get("KmsKeyId"):
        outputs["KmsKeyId"] = monitor.output["KmsKeyId"]
    return {
        "ProcessingJobName": _name(prefix, execution),
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": outputs,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": application,
        "Environment": environment,
        "StoppingCondition": {"MaxRuntimeInSeconds": monitor.seconds_max},
        "RoleArn": monitor.role_arn,
        **({"NetworkConfig": monitor.network} if monitor.network else {}),
    }


def _about(monitor: Monitor, execution: Row) -> dict[str, str]:
    """The variables that tell which window of which endpoint it is."""
    start, end = execution.facts["window"]
    found = {
        "start_time": iso_seconds(start),
        # Told in whole seconds: without rounding up, a run begun by hand would leave out what came in its last one.
        "end_time": iso_seconds(math.ceil(end)),
        "sagemaker_monitoring_schedule_name": execution.document["MonitoringScheduleName"],
        "monitoring_input_type": "ENDPOINT_INPUT" if monitor.endpoint else "BATCH_TRANSFORM_INPUT",
    }
    if monitor.endpoint:
        found["sagemaker_endpoint_name"] = monitor.endpoint
        found["sagemaker_endpoint_datacapture_prefix"] = execution.facts.get("destination", "")
    return found


def _data_inputs(name: str, folder: str, pieces: Sequence[Piece]) -> list[JsonDict]:
    return [
        _input(f"{name}_{number}", piece.uri, f"{folder.rstrip('/')}/{piece.place}".rstrip("/"), piece.data_type)
        for number, piece in enumerate(pieces, 1)
    ]


def _input(name: str, uri: str, folder: str, data_type: str = "S3Prefix") -> JsonDict:
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": folder,
            "S3DataType": data_type,
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _name(prefix: str, execution: Row) -> str:
    """`<prefix>-YYYYMMDDHHMM-<digits of the run>`, the same however often it is asked for."""
    moment = datetime.fromtimestamp(execution.document["ScheduledTime"], UTC).strftime("%Y%m%d%H%M")
    digits = hashlib.sha256(f"{prefix} {execution.arn}".encode()).hexdigest()
    return f"{prefix}-{moment}-{digits[:24]}"[:NAME_CHARACTERS_MAX]


def _image_beside(uri: str, repository: str) -> str:
    """The image of this repository in the registry of another image."""
    host, slash, _ = uri.rpartition("/")
    return f"{host}{slash}{repository}"


def baseline_files(monitor: Monitor, folder: str) -> Baseline:
    """What a baselining job leaves in its output folder for this monitor."""
    below = folder.rstrip("/")
    if monitor.type in CLARIFY:
        return Baseline(f"{below}/analysis.json")
    statistics = f"{below}/statistics.json" if monitor.type == DATA_QUALITY else ""
    return Baseline(f"{below}/constraints.json", statistics)
