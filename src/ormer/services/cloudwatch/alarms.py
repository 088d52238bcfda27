"""Alarms on metrics: stored here, evaluated by the alarms engine."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.metric_functions import MathError
from ormer.services.cloudwatch.alarm_rows import METRIC_ALARM, checked_actions, put, remove
from ormer.services.cloudwatch.alarm_rows import find as find_alarm
from ormer.stores import metric_queries, metrics
from ormer.stores.alarms import states
from ormer.stores.alarms.messages import queries_of
from ormer.stores.metric_queries import Queries
from ormer.stores.port import Call

JsonDict = dict[str, Any]
SHORT_PERIODS = (10, 20, 30)
WALL_CLOCK_PERIODS = (60, 300, 3600, 86_400, 604_800)
DAY_SECONDS, WEEK_SECONDS, HOUR_SECONDS = 86_400, 604_800, 3600
SINGLE = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
MISSING = ("breaching", "notBreaching", "ignore", "missing")
# AWS has these; nothing here computes them.
ELSEWHERE = {
    "ThresholdMetricId": "anomaly detection",
    "EvaluationCriteria": "PromQL",
    "EvaluationInterval": "PromQL",
    "WarmUpConfiguration": "a warm-up period",
}
BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")


def put_metric_alarm(call: Call, request: JsonDict) -> JsonDict:
    """Create an alarm or replace its configuration; its state stays. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html

    Differs: anomaly detection, PromQL and warm-up periods are refused; of metric math see GetMetricData.
    Errors: ValidationError.
    """
    for member, what in ELSEWHERE.items():
        if member in request:
            raise AwsError("ValidationError", f"{member} is not answered here: alarms know no {what}.")
    if request.get("ComparisonOperator") in BANDS:
        raise AwsError("ValidationError", "Comparisons with an anomaly detection band are not answered here.")
    document = {"ActionsEnabled": True, "OKActions": [], "AlarmActions": [], "InsufficientDataActions": [], **request}
    if "MetricName" in request:
        document.setdefault("Dimensions", [])
    queries = _checked(call, document)
    checked_actions(call, document)
    with call.write() as tx:
        row = put(call, tx, METRIC_ALARM, document)
        states.look_at(tx, row.arn, metric_queries.series(queries, call.account, call.region))
    return {}


def delete_alarms(call: Call, request: JsonDict) -> JsonDict:
    """Delete alarms of both kinds; all or none. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html

    Errors: ResourceNotFound when one of several is not there.
    """
    names = request["AlarmNames"]
    with call.write() as tx:
        found = {name: find_alarm(call, name) for name in names}
        absent = [name for name, row in found.items() if row is None]
        if absent and len(names) > 1:
            raise AwsError("ResourceNotFound", f"Unknown alarms: {', '.join(absent)}. Nothing was deleted.", 404)
        for row in found.values():
            if row is not None:
                remove(call, tx, row)
    return {}


def _checked(call: Call, document: JsonDict) -> Queries:
    """The queries of an alarm's configuration; ValidationError when it makes no sense."""
    if ("MetricName" in document) == ("Metrics" in document):
        raise _wrong("Specify either MetricName or Metrics: exactly one of the two.")
    for member in ("ComparisonOperator", "EvaluationPeriods", "Threshold"):
        if member not in document:
            raise _wrong(f"The parameter {member} is required.")
    if document.get("TreatMissingData", "missing") not in MISSING:
        raise _wrong(f"TreatMissingData must be one of {', '.join(MISSING)}.")
    if document.get("EvaluateLowSampleCountPercentile", "evaluate") not in ("evaluate", "ignore"):
        raise _wrong("EvaluateLowSampleCountPercentile must be evaluate or ignore.")
    if document.get("DatapointsToAlarm", 1) > document["EvaluationPeriods"]:
        raise _wrong("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    if "MetricName" in document:
        _check_single(document)
    else:
        _check_queries(document)
    try:
        queries = metric_queries.check(queries_of({"AlarmArn": "", **document}))
    except MathError as error:
        raise _wrong(str(error)) from None
    _check_periods(document, queries)
    return queries


def _check_single(document: JsonDict) -> None:
    if "Namespace" not in document or "Period" not in document:
        raise _wrong("An alarm on a metric must have Namespace and Period.")
    if ("Statistic" in document) == ("ExtendedStatistic" in document):
        raise _wrong("Specify either Statistic or ExtendedStatistic: exactly one of the two.")
    extended = document.get("ExtendedStatistic")
    if extended is not None and not metrics.PERCENTILE.fullmatch(extended):
        raise _wrong(f"The ExtendedStatistic {extended} is not answered here; use a percentile such as p99 or p99.9.")


def _check_queries(document: JsonDict) -> None:
    given = [member for member in SINGLE if member in document]
    if given:
        raise _wrong(f"With Metrics, do not specify {', '.join(given)}: they stand inside Metrics.")
    returned = [query["Id"] for query in document["Metrics"] if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise _wrong("Exactly one element of Metrics must return data: set ReturnData to false for the others.")


def _check_periods(document: JsonDict, queries: Queries) -> None:
    periods = {int(stat["Period"]) for stat in queries.stats.values()} or {queries.period}
    if len(periods) > 1:
        raise _wrong("All metrics of an alarm must have the same Period.")
    period = queries.period
    if period not in SHORT_PERIODS and (period % 60 or period < 60):
        raise _wrong("Period must be 10, 20, 30 or a multiple of 60.")
    longest = DAY_SECONDS if period < HOUR_SECONDS else WEEK_SECONDS
    if period * document["EvaluationPeriods"] > longest:
        raise _wrong(
            f"Metrics cannot be checked across more than {longest // DAY_SECONDS} day(s) "
            f"(EvaluationPeriods * Period must be <= {longest})."
        )
    window = document.get("EvaluationWindow", {})
    if "WallClockWindow" in window and period not in WALL_CLOCK_PERIODS:
        raise _wrong(f"With a WallClockWindow, Period must be one of {', '.join(map(str, WALL_CLOCK_PERIODS))}.")


def _wrong(text: str) -> AwsError:
    return AwsError("ValidationError", text)
