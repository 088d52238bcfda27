"""Metrics that a processing job leaves in a file, for CloudWatch: the analyzers' way to publish what they found.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html

A line that is no metric is passed over; the job's log says which and why.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ormer.engines.jobs.folders import HostFolder, regular_files
from ormer.engines.jobs.plans import Plan
from ormer.stores import logs, metrics
from ormer.stores.database import Tx

JsonDict = dict[str, Any]
FOLDER, FILE = "metrics", "cloudwatch"
FILE_BYTES_MAX = 8 << 20
FAULTS_MAX = 10
# Metrics of an endpoint, and of batch data, which has none.
ENDPOINTS, BATCH = "aws/sagemaker/Endpoints", "aws/sagemaker/ModelMonitoring"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
DIMENSIONS_MAX = 30


@dataclass(frozen=True)
class Datum:
    """One metric of the file: (count, sum, minimum, maximum) at `time` in seconds; None for now."""

    name: str
    statistics: tuple[float, float, float, float]
    time: float | None
    dimensions: tuple[JsonDict, ...]
    unit: str


@dataclass(frozen=True)
class Found:
    """The metrics of a job's files, and a sentence for each line that is none."""

    data: tuple[Datum, ...] = ()
    faults: tuple[str, ...] = ()


def found_in(hosts: Sequence[HostFolder]) -> Found:
    """What the hosts of a job left to be published."""
    data: list[Datum] = []
    faults: list[str] = []
    for host in hosts:
        for number, line in enumerate(_lines(host), 1):
            try:
                data.append(_datum(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                faults.append(f"line {number} of /opt/ml/output/metrics/cloudwatch is no metric: {_said(error)}")
    return Found(tuple(data), tuple(faults[:FAULTS_MAX]))


def record(tx: Tx, plan: Plan, found: Found, stream: str, now: float) -> None:
    """Put the metrics into CloudWatch, and what was passed over into the job's log stream."""
    for datum in found.data:
        metrics.put_statistics(
            tx,
            plan.account,
            plan.region,
            namespace(plan, datum),
            datum.name,
            datum.statistics,
            now if datum.time is None else datum.time,
            datum.dimensions,
            datum.unit,
        )
    if found.faults:
        row = logs.stream(tx, plan.account, plan.region, plan.log_group, stream, now)
        logs.append(tx, row["id"], [(int(now * 1000), text) for text in found.faults], now)


def namespace(plan: Plan, datum: Datum) -> str:
    """Where SageMaker publishes a metric of this kind of analysis.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-cw.html
    """
    names = {pair["Name"] for pair in datum.dimensions}
    if "BiasStage" in names:
        kind = "bias-metrics"
    elif "ExplainabilityMethod" in names:
        kind = "explainability-metrics"
    else:
        kind = "model-metrics" if plan.environment.get("analysis_type") == "MODEL_QUALITY" else "data-metrics"
    return f"{ENDPOINTS if names & {'Endpoint', 'EndpointName'} else BATCH}/{kind}"


def _lines(host: HostFolder) -> Iterator[str]:
    output = host.ml / "output"
    if output.is_symlink():
        return
    for path, descriptor in regular_files(output / FOLDER):
        if path == FILE:
            with open(descriptor, "rb", closefd=False) as file:
                text = file.read(FILE_BYTES_MAX).decode("utf-8", "replace")
            yield from (line for line in text.splitlines() if line.strip())


def _datum(line: JsonDict) -> Datum:
    if "StatisticValues" in line:
        given = line["StatisticValues"]
        numbers = tuple(_number(given, name) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    else:
        value = _number(line, "Value")
        numbers = (1.0, value, value, value)
    dimensions = tuple({"Name": str(pair["Name"]), "Value": str(pair["Value"])} for pair in line.get("Dimensions", ()))
    if len(dimensions) > DIMENSIONS_MAX:
        raise ValueError(f"it has {len(dimensions)} Dimensions, at most {DIMENSIONS_MAX} are allowed")
    moment = line.get("Timestamp")
    return Datum(
        str(line["MetricName"]),
        (numbers[0], numbers[1], numbers[2], numbers[3]),
        datetime.fromisoformat(moment).timestamp() if moment else None,
        dimensions,
        str(line.get("Unit", "None")),
    )


def _number(given: JsonDict, name: str) -> float:
    value = float(given[name])
    if not math.isfinite(value):
        raise ValueError(f"{name} is {given[name]}, CloudWatch takes finite numbers only")
    return value


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
