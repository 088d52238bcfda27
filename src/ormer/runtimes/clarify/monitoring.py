"""What a run of a monitoring schedule adds to the configuration: the service knows it, so users leave it out.

Variables: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html and the attributes of
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EndpointInput.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import ClientError

SCHEDULE_VARIABLE = "sagemaker_monitoring_schedule_name"
CAPTURED = "application/sagemakercapturejson"
BIAS_METHODS = {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}}
# {variable: member of the configuration}; a member that is there already stays.
THRESHOLD_VARIABLE = "probability_threshold_attribute"
ATTRIBUTES = {"features_attribute": "features", THRESHOLD_VARIABLE: "probability_threshold"}
ANSWER_ATTRIBUTES = {"inference_attribute": "label", "probability_attribute": "probability"}


@dataclass(frozen=True)
class Window:
    """The times [start, end) whose captured records count; without both, all do."""

    start: datetime | None = None
    end: datetime | None = None

    @staticmethod
    def of(environ: Mapping[str, str]) -> Window:
        """The window that a run is told. Raises ClientError for a time that is none."""
        start, end = environ.get("start_time"), environ.get("end_time")
        return Window(_moment(start), _moment(end)) if start and end else Window()

    def holds(self, document: Any) -> bool:
        """Whether a record was captured within the window; one that tells no time is."""
        metadata = document.get("eventMetadata") if isinstance(document, dict) else None
        text = metadata.get("inferenceTime") if isinstance(metadata, dict) else None
        if self.start is None or self.end is None or not text:
            return True
        return self.start <= _moment(str(text)) < self.end


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ClientError(f"{text!r} is not a time such as 2026-03-01T12:00:00Z.") from None


def completed(document: Any, environ: Mapping[str, str]) -> Any:
    """Return the configuration of a monitoring run with the rest that it needs; any other one as it is.

    A bias monitor's configuration names no methods: all metrics are meant. Its data are captured records.
    """
    if not isinstance(document, dict) or not environ.get(SCHEDULE_VARIABLE):
        return document
    config = {"dataset_type": CAPTURED, **document}
    methods = dict(config.get("methods") or {})
    if not set(methods) - {"report"} and (config.get("facet") or environ.get("analysis_type") == "MODEL_BIAS"):
        config["methods"] = {**BIAS_METHODS, **methods}
    for variable, member in ATTRIBUTES.items():
        if environ.get(variable):
            given = environ[variable]
            config.setdefault(member, _number_or_text(given) if variable == THRESHOLD_VARIABLE else given)
    located = {member: environ[name] for name, member in ANSWER_ATTRIBUTES.items() if environ.get(name)}
    if located:
        config["predictor"] = {**located, **(config.get("predictor") or {})}
    if environ.get("exclude_features_attribute"):
        excluded = [name.strip() for name in environ["exclude_features_attribute"].split(",") if name.strip()]
        config.setdefault("excluded_columns", excluded)
    return config


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
