"""Publishes bias metrics and global attributions of a monitoring run for CloudWatch, as JSON lines in a file.

Names and dimensions: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-cw.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-feature-attribute-drift-cw.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from .places import Places

# CloudWatch takes no infinity; AWS publishes this magnitude for one.
INFINITY = 2.348543e108
STAGES = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}


def publish(places: Places, analysis: dict[str, Any]) -> None:
    """Write the metrics file when the job is a monitoring run whose metrics are enabled; otherwise do nothing."""
    environ = places.environ
    schedule = environ.get("sagemaker_monitoring_schedule_name")
    if environ.get("publish_cloudwatch_metrics", "Disabled") != "Enabled" or not schedule:
        return
    common = {"MonitoringSchedule": schedule}
    if environ.get("sagemaker_endpoint_name"):
        common = {"Endpoint": environ["sagemaker_endpoint_name"], **common}
    when = environ.get("end_time") or datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    places.metrics.parent.mkdir(parents=True, exist_ok=True)
    with places.metrics.open("a", encoding="utf-8") as file:
        for name, value, dimensions in entries(analysis):
            shown = [{"Name": key, "Value": text} for key, text in {**common, **dimensions}.items()]
            line = {"MetricName": name, "Timestamp": when, "Dimensions": shown, "Value": value, "Unit": "None"}
            file.write(json.dumps(line) + "\n")


def entries(analysis: dict[str, Any]) -> Iterator[tuple[str, float, dict[str, str]]]:
    """Yield (metric name, value, its own dimensions); metrics without a value are left out."""
    for section, stage in STAGES.items():
        if section in analysis:
            yield from _bias_entries(analysis[section], stage)
    for label, entry in analysis.get("explanations", {}).get("kernel_shap", {}).items():
        own = {"ExplainabilityMethod": "KernelShap", "Label": label}
        for feature, value in entry["global_shap_values"].items():
            yield f"feature_{feature}", value, {**own, "ValueType": "GlobalShapValues"}
        yield "ExpectedValue", entry["expected_value"], {**own, "ValueType": "ExpectedValue"}


def _bias_entries(section: dict[str, Any], stage: str) -> Iterator[tuple[str, float, dict[str, str]]]:
    for facet, facet_entries in section["facets"].items():
        for entry in facet_entries:
            dimensions = {
                "BiasStage": stage,
                "Label": section["label"],
                "LabelValue": section["label_value_or_threshold"],
                "Facet": facet,
                "FacetValue": entry["value_or_threshold"],
            }
            for metric in entry["metrics"]:
                if metric["value"] is not None:
                    yield f"bias_metric_{metric['name']}", _finite(metric["value"]), dimensions


def _finite(value: Any) -> float:
    return {"Infinity": INFINITY, "-Infinity": -INFINITY}.get(value, value) if isinstance(value, str) else value
