"""Series of several metrics, and metric math over them."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.metric_functions import Many, MathError, Series
from ormer.stores import metric_queries
from ormer.stores.metric_queries import Answers
from ormer.stores.nouns import seconds
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
MOST_DATAPOINTS = 100_800


def get_metric_data(call: Call, request: JsonDict) -> JsonDict:
    """Series of several metrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

    Differs: of metric math, SEARCH, Metrics Insights, anomaly detection and dates are refused by name.
    """
    start, end = seconds(request["StartTime"]), seconds(request["EndTime"])
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    asked = request["MetricDataQueries"]
    try:
        queries = metric_queries.check(asked)
    except MathError as error:
        raise AwsError("ValidationError", str(error)) from None
    if (end - start) / queries.period > MOST_DATAPOINTS:
        raise AwsError("ValidationError", "Too many datapoints: ask for a longer Period or a shorter time.")
    with call.read() as tx:
        found = metric_queries.answer(tx, queries, call.account, call.region, start, end)
    rising = request.get("ScanBy", "TimestampDescending") == "TimestampAscending"
    shown = [query for query in asked if query.get("ReturnData", True)]
    return {
        "MetricDataResults": [result for query in shown for result in _results(query, found, rising)],
        "Messages": [],
    }


def _results(query: JsonDict, found: Answers, rising: bool) -> list[JsonDict]:
    """One result of a series, several of an array."""
    id_ = query["Id"]
    value = found.values[id_]
    if id_ in found.faults:
        return [_failed(query, found.faults[id_])]
    if isinstance(value, float):
        return [_failed(query, "The expression is a number; the result must be a time series. Try TIME_SERIES.")]
    if isinstance(value, Many):
        return [_result(query, label or id_, series, rising) for label, series in value.items]
    metric = query.get("MetricStat", {}).get("Metric", {})
    return [_result(query, metric.get("MetricName", id_), value, rising)]


def _result(query: JsonDict, label: str, series: Series, rising: bool) -> JsonDict:
    times = sorted(series, reverse=not rising)
    return {
        "Id": query["Id"],
        "Label": query.get("Label", label),
        "Timestamps": times,
        "Values": [series[at] for at in times],
        "StatusCode": "Complete",
    }


def _failed(query: JsonDict, text: str) -> JsonDict:
    return {
        "Id": query["Id"],
        "Label": query.get("Label", query["Id"]),
        "Timestamps": [],
        "Values": [],
        "StatusCode": "InternalError",
        "Messages": [{"Code": "ExpressionError", "Value": text}],
    }
