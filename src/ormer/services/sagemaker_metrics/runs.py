"""The curves of runs: what `Run.log_metric` sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import fmean, pstdev
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import metrics, resources
from ormer.stores.database import Tx
from ormer.stores.nouns import seconds
from ormer.stores.port import Call
from ormer.stores.tables import run_metrics

JsonDict = dict[str, Any]
# Points of one period are one value; a period of IterationNumber on a time axis is a second.
PERIOD_SECONDS: Mapping[str, int] = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600, "IterationNumber": 1}
STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Min": min,
    "Max": max,
    "Avg": fmean,
    "Count": len,
    "StdDev": pstdev,
    "Last": lambda values: values[-1],
}


def batch_put_metrics(call: Call, request: JsonDict) -> JsonDict:
    """Record points of a run. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_metrics_BatchPutMetrics.html

    Points of a run that is not there come back in Errors, one for each.
    """
    name = request["TrialComponentName"].lower()
    arn = arns.arn("sagemaker", call.region, call.account, f"experiment-trial-component/{name}")
    with call.write() as tx:
        if resources.get(tx, arn) is None:
            errors = [{"Code": "VALIDATION_ERROR", "MetricIndex": index} for index in range(len(request["MetricData"]))]
            return {"Errors": errors}
        points = [
            (point["MetricName"], float(point["Value"]), seconds(point["Timestamp"]), point.get("Step"))
            for point in request["MetricData"]
        ]
        metrics.put_run(tx, arn, points)
    return {"Errors": []}


def batch_get_metrics(call: Call, request: JsonDict) -> JsonDict:
    """Read curves back, one a query. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_metrics_BatchGetMetrics.html

    X values are steps (IterationNumber) or seconds since the epoch (Timestamp); with a Period, seconds are its start.
    A query about a run that is not there answers Status ValidationError with a Message.
    """
    with call.read() as tx:
        return {"MetricQueryResults": [_curve(tx, call, query) for query in request["MetricQueries"]]}


def _curve(tx: Tx, call: Call, query: JsonDict) -> JsonDict:
    arn = query["ResourceArn"]
    row = resources.get(tx, arn)
    if row is None or (row.account, row.region) != (call.account, call.region):
        text = f"No run has the ARN {arn}."
        return {"Status": "ValidationError", "Message": text, "XAxisValues": [], "MetricValues": []}
    c = run_metrics.c
    by_step = query["XAxisType"] == "IterationNumber"
    axis = c.step if by_step else c.time
    where = [c.arn == arn, c.name == query["MetricName"]]
    if by_step:
        where.append(c.step.is_not(None))
    if "Start" in query:
        where.append(axis >= query["Start"])
    if "End" in query:
        where.append(axis <= query["End"])
    rows = tx.all(sa.select(axis.label("x"), c.value).where(*where).order_by(axis, c.id))
    length = 1 if by_step else PERIOD_SECONDS[query["Period"]]
    buckets: dict[int, list[float]] = {}
    for point in rows:
        buckets.setdefault(int(point["x"] // length * length), []).append(point["value"])
    values = [STATISTICS[query["MetricStat"]](bucket) for bucket in buckets.values()]
    return {"Status": "Complete", "XAxisValues": list(buckets), "MetricValues": values}
