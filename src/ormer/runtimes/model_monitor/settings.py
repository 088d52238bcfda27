"""The analyzer's environment variables, read once into a frozen value.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .mistakes import ClientError

FORMATS = ("csv", "json", "parquet", "sagemakerCaptureJson", "sagemakerMergeJson")
CAPTURE_FORMATS = ("sagemakerCaptureJson", "sagemakerMergeJson")
PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
CONTAINER_ROOT = Path("/opt/ml")


@dataclass(frozen=True)
class DatasetFormat:
    """How the input files are written: a name of FORMATS and its options."""

    name: str
    header: bool = False
    lines: bool = True
    outputs_first: bool = True
    captured: tuple[str, ...] = ("endpointInput", "endpointOutput")

    @property
    def is_capture(self) -> bool:
        """Whether the lines are data capture records."""
        return self.name in CAPTURE_FORMATS


@dataclass(frozen=True)
class Settings:
    """What one run is asked to do. Paths are already below the given root."""

    dataset_format: DatasetFormat
    dataset_source: Path
    output_path: Path
    message_path: Path
    metrics_path: Path
    analysis_type: str
    problem_type: str | None
    inference_attribute: str | None
    probability_attribute: str | None
    ground_truth_attribute: str | None
    probability_threshold: float | None
    record_preprocessor_script: Path | None
    post_analytics_processor_script: Path | None
    categorical_drift_method: str | None
    baseline_constraints: Path | None
    baseline_statistics: Path | None
    publish_cloudwatch_metrics: bool
    start_time: str | None
    end_time: str | None
    dimensions: tuple[tuple[str, str], ...]


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises ClientError naming the variable that is wrong."""

    def path(name: str) -> Path | None:
        return below(root, environ[name]) if environ.get(name) else None

    def text(name: str) -> str | None:
        return environ.get(name) or None

    return Settings(
        dataset_format=_dataset_format(environ.get("dataset_format", "")),
        dataset_source=path("dataset_source") or below(root, "/opt/ml/processing/input/baseline_dataset_input"),
        output_path=path("output_path") or below(root, "/opt/ml/processing/output"),
        message_path=message_path(root),
        metrics_path=below(root, "/opt/ml/output/metrics/cloudwatch"),
        analysis_type=_choice(environ, "analysis_type", ("DATA_QUALITY", "MODEL_QUALITY")) or "DATA_QUALITY",
        problem_type=_choice(environ, "problem_type", PROBLEM_TYPES),
        inference_attribute=text("inference_attribute"),
        probability_attribute=text("probability_attribute"),
        ground_truth_attribute=text("ground_truth_attribute"),
        probability_threshold=_threshold(environ.get("probability_threshold_attribute")),
        record_preprocessor_script=path("record_preprocessor_script"),
        post_analytics_processor_script=path("post_analytics_processor_script"),
        categorical_drift_method=_choice(environ, "categorical_drift_method", ("LInfinity", "ChiSquared")),
        baseline_constraints=path("baseline_constraints"),
        baseline_statistics=path("baseline_statistics"),
        publish_cloudwatch_metrics=environ.get("publish_cloudwatch_metrics", "").lower() == "enabled",
        start_time=text("start_time"),
        end_time=text("end_time"),
        dimensions=_dimensions(environ),
    )


def below(root: Path, path: str) -> Path:
    """The container path `path` where `root` stands for /opt/ml; other paths stay as they are."""
    given = Path(path)
    return root / given.relative_to(CONTAINER_ROOT) if given.is_relative_to(CONTAINER_ROOT) else given


def message_path(root: Path) -> Path:
    """The file whose text becomes the processing job's ExitMessage."""
    return root / "output" / "message"


def _dataset_format(text: str) -> DatasetFormat:
    if not text:
        raise ClientError("The environment variable dataset_format is not set.")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ClientError(f"The environment variable dataset_format is not JSON ({error}): {text}") from error
    known = [name for name in FORMATS if isinstance(document, dict) and name in document]
    if len(known) != 1:
        raise ClientError(f"dataset_format must name one of {', '.join(FORMATS)}; it is {text}")
    options: dict[str, Any] = document[known[0]] or {}
    return DatasetFormat(
        name=known[0],
        header=_is_true(options.get("header", False)),
        lines=_is_true(options.get("lines", options.get("line", True))),
        outputs_first=str(options.get("output_columns_position", "START")).upper() != "END",
        captured=tuple(options.get("captureIndexNames") or DatasetFormat.captured),
    )


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = environ.get(name)
    if not value:
        return None
    if value not in allowed:
        raise ClientError(f"The environment variable {name} is {value}; it must be one of {', '.join(allowed)}.")
    return value


def _threshold(value: str | None) -> float | None:
    if not value:
        return None
    try:
        return float(value)
    except ValueError as error:
        raise ClientError(f"probability_threshold_attribute must be a number, not {value!r}.") from error


def _dimensions(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = {"Endpoint": "sagemaker_endpoint_name", "MonitoringSchedule": "sagemaker_monitoring_schedule_name"}
    return tuple((label, environ[name]) for label, name in named.items() if environ.get(name))
