"""Metrics for CloudWatch, as lines of JSON that the platform publishes.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .settings import Settings

Metric = dict[str, Any]


def write_metrics(settings: Settings, metrics: Iterable[Metric]) -> None:
    """Write the metrics file, each metric with the run's end time and the endpoint's and schedule's names."""
    timestamp = settings.end_time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    dimensions = [{"Name": name, "Value": value} for name, value in settings.dimensions]
    lines = [json.dumps({**metric, "Timestamp": timestamp, "Dimensions": dimensions}) for metric in metrics]
    settings.metrics_path.parent.mkdir(parents=True, exist_ok=True)
    settings.metrics_path.write_text("".join(line + "\n" for line in lines))


def data_metrics(
    item_count: int, statistics: Mapping[str, Any], distances: Mapping[str, float], silent: Container[str]
) -> Iterator[Metric]:
    """Values, presence and drift of every feature that is not `silent`."""
    for feature in statistics["features"]:
        name, numbers = feature["name"], feature.get("numerical_statistics")
        if name in silent:
            continue
        common = (numbers or feature["string_statistics"])["common"]
        if numbers and "min" in numbers:
            values = {
                "SampleCount": float(common["num_present"]),
                "Sum": numbers["sum"],
                "Minimum": numbers["min"],
                "Maximum": numbers["max"],
            }
            yield {"MetricName": f"feature_data_{name}", "StatisticValues": values, "Unit": "None"}
        yield _value(f"feature_non_null_{name}", common["num_present"], "Count")
        yield _value(f"feature_null_{name}", item_count - common["num_present"], "Count")
        if name in distances:
            yield _value(f"feature_baseline_drift_{name}", distances[name])


def quality_metrics(metrics: Mapping[str, Any]) -> Iterator[Metric]:
    """One value for each model quality metric that is a number."""
    for name, metric in metrics.items():
        value = metric.get("value")
        if isinstance(value, (int, float)):
            yield _value(name, value)


def _value(name: str, value: float, unit: str = "None") -> Metric:
    return {"MetricName": name, "Value": float(value), "Unit": unit}
