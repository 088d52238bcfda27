"""Metrics: numbers by namespace, name and dimensions; read back as statistics of periods."""

from __future__ import annotations

import math
from collections.abc import Iterable
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
    stat = {"Metric": request, "Stat": names[0], "Period": period, "Unit": request.get("Unit")}
    with call.read() as tx:
        rows = metrics.points(tx, metrics.series_of(call.account, call.region, stat), start, end)
    datapoints = []
    try:
        for at, points in metrics.buckets(rows, period):
            point: JsonDict = {"Timestamp": at, "Unit": points[-1]["unit"]}
            point |= {name: metrics.statistic(points, name) for name in request.get("Statistics", ())}
            if request.get("ExtendedStatistics"):
                extended = {name: metrics.statistic(points, name) for name in request["ExtendedStatistics"]}
                point["ExtendedStatistics"] = extended
            datapoints.append(point)
    except ValueError as error:
        raise AwsError("InvalidParameterValue", str(error)) from None
    return {"Label": request["MetricName"], "Datapoints": datapoints}


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
