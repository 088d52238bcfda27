"""Metrics: numbers by namespace, name and dimensions; read back as statistics of periods."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores import metrics
from ormer.stores.nouns import decode_token, encode_token, seconds
from ormer.stores.port import Call
from ormer.stores.tables import metric_points

JsonDict = dict[str, Any]
PAGE = 500
MOST_DATAPOINTS = 1440


def put_metric_data(call: Call, request: JsonDict) -> JsonDict:
    """Record values. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    if request["Namespace"].startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is reserved.")
    with call.write() as tx:
        for datum in request.get("MetricData", ()):
            time = seconds(datum["Timestamp"]) if "Timestamp" in datum else call.now
            for statistics in _recorded(datum):
                metrics.put_statistics(
                    tx,
                    call.account,
                    call.region,
                    request["Namespace"],
                    datum["MetricName"],
                    statistics,
                    time,
                    datum.get("Dimensions", ()),
                    datum.get("Unit", "None"),
                )
    return {}


def list_metrics(call: Call, request: JsonDict) -> JsonDict:
    """Page through metrics that have data. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    c = metric_points.c
    where = [c.account == call.account, c.region == call.region]
    if "Namespace" in request:
        where.append(c.namespace == request["Namespace"])
    if "MetricName" in request:
        where.append(c.name == request["MetricName"])
    statement = (
        sa.select(c.namespace, c.name, c.dimensions)
        .where(*where)
        .distinct()
        .order_by(c.namespace, c.name, c.dimensions)
    )
    with call.read() as tx:
        found = [row for row in tx.all(statement) if _has(row["dimensions"], request.get("Dimensions", ()))]
    start = decode_token(request.get("NextToken"))
    shown = [
        {
            "Namespace": row["namespace"],
            "MetricName": row["name"],
            "Dimensions": [{"Name": name, "Value": value} for name, value in metrics.dimensions_of(row["dimensions"])],
        }
        for row in found[start : start + PAGE]
    ]
    more = {"NextToken": encode_token(start + PAGE)} if len(found) > start + PAGE else {}
    return {"Metrics": shown, **more}


def get_metric_statistics(call: Call, request: JsonDict) -> JsonDict:
    """Statistics of one metric by period. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    names = [*request.get("Statistics", ()), *request.get("ExtendedStatistics", ())]
    if not names:
        raise AwsError("InvalidParameterCombination", "Give Statistics or ExtendedStatistics.")
    start, end, period = seconds(request["StartTime"]), seconds(request["EndTime"]), int(request["Period"])
    if start >= end:
        raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    if (end - start) / period > MOST_DATAPOINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {math.ceil((end - start) / period)} datapoints, which exceeds the limit of "
            f"{MOST_DATAPOINTS}. Ask for a longer Period or a shorter time.",
        )
    wanted = {"Namespace": request["Namespace"], "MetricName": request["MetricName"]}
    wanted["Dimensions"] = request.get("Dimensions", ())
    buckets = _buckets(call, wanted, start, end, period, request.get("Unit"))
    datapoints = []
    for at, points in buckets:
        point: JsonDict = {"Timestamp": at, "Unit": points[-1]["unit"]}
        for name in request.get("Statistics", ()):
            point[name] = statistic(points, name)
        if request.get("ExtendedStatistics"):
            point["ExtendedStatistics"] = {name: statistic(points, name) for name in request["ExtendedStatistics"]}
        datapoints.append(point)
    return {"Label": request["MetricName"], "Datapoints": datapoints}


def get_metric_data(call: Call, request: JsonDict) -> JsonDict:
    """Series of several metrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

    Differs: metric math (Expression) answers an error message in its own result.
    """
    start, end = seconds(request["StartTime"]), seconds(request["EndTime"])
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    queries = [query for query in request["MetricDataQueries"] if query.get("ReturnData", True)]
    results = [_series(call, query, start, end, descending) for query in queries]
    return {"MetricDataResults": results, "Messages": []}


def _series(call: Call, query: JsonDict, start: float, end: float, descending: bool) -> JsonDict:
    stat = query.get("MetricStat")
    if stat is None:
        text = "Metric math is not answered yet: ask for the metrics themselves."
        return {
            "Id": query["Id"],
            "Label": query.get("Label", query["Id"]),
            "Timestamps": [],
            "Values": [],
            "StatusCode": "InternalError",
            "Messages": [{"Code": "NotImplemented", "Value": text}],
        }
    buckets = _buckets(call, stat["Metric"], start, end, int(stat["Period"]), stat.get("Unit"))
    if descending:
        buckets.reverse()
    return {
        "Id": query["Id"],
        "Label": query.get("Label", stat["Metric"]["MetricName"]),
        "Timestamps": [at for at, _ in buckets],
        "Values": [statistic(points, stat["Stat"]) for _, points in buckets],
        "StatusCode": "Complete",
    }


def statistic(points: Sequence[Any], name: str) -> float:
    """One statistic over points: SampleCount, Average, Sum, Minimum, Maximum, or a percentile pNN of their averages."""
    count = sum(point["count"] for point in points)
    total = sum(point["sum"] for point in points)
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit():
        values = sorted(point["sum"] / point["count"] for point in points if point["count"])
        at = (len(values) - 1) * float(name[1:]) / 100
        low, high = values[math.floor(at)], values[math.ceil(at)]
        return float(low + (high - low) * (at - math.floor(at)))
    known = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else 0.0,
        "Minimum": min(point["minimum"] for point in points),
        "Maximum": max(point["maximum"] for point in points),
    }
    if name not in known:
        raise AwsError("InvalidParameterValue", f"The statistic {name} is not known; use {', '.join(known)} or pNN.")
    return float(known[name])


def _buckets(
    call: Call, metric: JsonDict, start: float, end: float, period: int, unit: str | None
) -> list[tuple[float, list[Any]]]:
    """(start in seconds, points) of each period that has points of the metric, oldest first."""
    c = metric_points.c
    where = [
        c.account == call.account,
        c.region == call.region,
        c.namespace.in_(_spellings(metric["Namespace"])),
        c.name == metric["MetricName"],
        c.dimensions == metrics.dimensions_key(metric.get("Dimensions", ())),
        c.time >= start,
        c.time < end,
    ]
    if unit is not None:
        where.append(c.unit == unit)
    found: dict[float, list[Any]] = {}
    with call.read() as tx:
        for point in tx.all(sa.select(metric_points).where(*where).order_by(c.time)):
            found.setdefault(math.floor(point["time"] / period) * period, []).append(point)
    return sorted(found.items())


def _spellings(namespace: str) -> list[str]:
    """SageMaker's namespaces are written with and without the leading slash; both find the same metrics."""
    if namespace.lstrip("/").startswith("aws/sagemaker/"):
        return [namespace.lstrip("/"), "/" + namespace.lstrip("/")]
    return [namespace]


def _recorded(datum: JsonDict) -> list[tuple[float, float, float, float]]:
    if "StatisticValues" in datum:
        found = datum["StatisticValues"]
        return [(found["SampleCount"], found["Sum"], found["Minimum"], found["Maximum"])]
    values = datum.get("Values") or ([datum["Value"]] if "Value" in datum else [])
    counts = datum.get("Counts") or [1.0] * len(values)
    if len(counts) != len(values):
        raise AwsError("InvalidParameterCombination", "Values and Counts must have the same length.")
    if not values:
        raise AwsError("MissingParameter", f"Give Value, Values or StatisticValues for {datum['MetricName']}.")
    return [(count, value * count, value, value) for value, count in zip(values, counts, strict=True)]


def _has(key: str, wanted: Iterable[JsonDict]) -> bool:
    pairs = dict(metrics.dimensions_of(key))
    return all(
        pair["Name"] in pairs and pair.get("Value", pairs[pair["Name"]]) == pairs[pair["Name"]] for pair in wanted
    )
