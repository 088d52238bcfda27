"""Metric points: CloudWatch's numbers, read back as series of periods, and the curves of runs.

A new point nudges the alarms that look at its series, so that an alarm without data costs nothing and late data counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa

from ormer.stores import tasks
from ormer.stores.alarms.tables import alarm_series
from ormer.stores.database import Tx
from ormer.stores.tables import metric_points, run_metrics

# Where SageMaker puts what training jobs tell, and by which dimension.
TRAINING_JOBS, TRAINING_JOB = "/aws/sagemaker/TrainingJobs", "TrainingJobName"
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
ALARM_TASK = "alarm"
# AWS's pages write the namespaces and dimensions of monitoring metrics in several ways.
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
MONITORING = re.compile(
    r"aws/sagemaker/(?P<of>Endpoints?|ModelMonitoring)/(?P<kind>data|model|bias|explainability)-metrics?"
)
OTHER_NAMES = {"EndpointName": "Endpoint", "ScheduleName": "MonitoringSchedule"}
# A burst of points is looked at once.
NUDGE_SECONDS = 1.0
# Built once: every point asks for it.
ALARMS_OF = sa.select(alarm_series.c.alarm_arn).where(
    alarm_series.c.account == sa.bindparam("of_account"),
    alarm_series.c.region == sa.bindparam("of_region"),
    alarm_series.c.namespace == sa.bindparam("of_namespace"),
    alarm_series.c.name == sa.bindparam("of_name"),
    alarm_series.c.dimensions == sa.bindparam("of_dimensions"),
)


@dataclass(frozen=True)
class Series:
    """One metric and how it is read: `statistic` of each `period` (seconds), only points of `unit` unless None."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: str
    statistic: str
    period: int
    unit: str | None = None


@dataclass(frozen=True)
class Datapoint:
    """One period: `time` is its start in seconds, `count` how many samples it holds."""

    time: float
    value: float
    count: float


def series_of(account: str, region: str, stat: Mapping[str, Any]) -> Series:
    """The series that a MetricStat (Metric, Period, Stat, Unit) asks for."""
    metric = stat["Metric"]
    return Series(
        account,
        region,
        metric["Namespace"],
        metric["MetricName"],
        dimensions_key(metric.get("Dimensions", ())),
        stat["Stat"],
        int(stat["Period"]),
        stat.get("Unit"),
    )


def dimensions_key(dimensions: Iterable[Mapping[str, str]]) -> str:
    """`A=1,B=2`, by name: with namespace and name, the identity of a metric. `%`, `,` and `=` are percent-encoded."""
    pairs = sorted((pair["Name"], pair["Value"]) for pair in dimensions)
    return ",".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def dimensions_of(key: str) -> list[tuple[str, str]]:
    """(name, value) pairs of a `dimensions_key`."""
    parts = (part.partition("=") for part in key.split(",") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _encoded(text: str) -> str:
    return text.replace("%", "%25").replace(",", "%2C").replace("=", "%3D")


def spellings(namespace: str) -> list[str]:
    """SageMaker's namespaces are written with and without the leading slash; both find the same metrics."""
    bare = canonical(namespace)
    if bare == namespace and not bare.startswith("aws/sagemaker/"):
        return [bare]
    return list(dict.fromkeys([bare, "/" + bare, namespace]))


def canonical(namespace: str) -> str:
    """The one spelling by which alarms find a namespace."""
    bare = namespace.lstrip("/")
    monitored = MONITORING.fullmatch(bare)
    if monitored is not None:
        of = "ModelMonitoring" if monitored["of"] == "ModelMonitoring" else "Endpoints"
        return f"aws/sagemaker/{of}/{monitored['kind']}-metrics"
    return bare if bare.startswith("aws/sagemaker/") else namespace


def canonical_dimensions(namespace: str, key: str) -> str:
    """The one spelling of a series' dimensions: AWS's pages name those of monitoring metrics in two ways."""
    if MONITORING.fullmatch(namespace.lstrip("/")) is None:
        return key
    return dimensions_key({"Name": OTHER_NAMES.get(name, name), "Value": value} for name, value in dimensions_of(key))


# -- writing ----------------------------------------------------------------------------------------------------------


def put(
    tx: Tx,
    account: str,
    region: str,
    namespace: str,
    name: str,
    value: float,
    time: float,
    dimensions: Iterable[Mapping[str, str]] = (),
    unit: str = "None",
) -> None:
    """Record one value at `time` (seconds)."""
    put_statistics(tx, account, region, namespace, name, (1.0, value, value, value), time, dimensions, unit)


def put_statistics(
    tx: Tx,
    account: str,
    region: str,
    namespace: str,
    name: str,
    statistics: tuple[float, float, float, float],
    time: float,
    dimensions: Iterable[Mapping[str, str]] = (),
    unit: str = "None",
) -> None:
    """Record (count, sum, minimum, maximum) of several values at `time` (seconds)."""
    count, total, minimum, maximum = statistics
    key = dimensions_key(dimensions)
    tx.execute(
        sa.insert(metric_points).values(
            account=account,
            region=region,
            namespace=namespace,
            name=name,
            dimensions=key,
            time=time,
            count=count,
            sum=total,
            minimum=minimum,
            maximum=maximum,
            unit=unit,
        )
    )
    _nudge_alarms(tx, account, region, namespace, name, key)


def _nudge_alarms(tx: Tx, account: str, region: str, namespace: str, name: str, dimensions: str) -> None:
    asked = {
        "of_account": account,
        "of_region": region,
        "of_namespace": canonical(namespace),
        "of_name": name,
        "of_dimensions": canonical_dimensions(namespace, dimensions),
    }
    for row in tx.all(ALARMS_OF, asked):
        tasks.nudge(tx, ALARM_TASK, row["alarm_arn"], NUDGE_SECONDS)


# -- reading ----------------------------------------------------------------------------------------------------------


def points(tx: Tx, series: Series, start: float, end: float) -> Sequence[Any]:
    """The rows of a series from `start` up to but without `end`, oldest first."""
    where = [*_since(series, start), metric_points.c.time < end]
    return tx.all(sa.select(metric_points).where(*where).order_by(metric_points.c.time))


def of_training_jobs(tx: Tx, account: str, region: str, name: str, jobs: Iterable[str]) -> dict[str, list[float]]:
    """{training job: the values of a metric in the order it told them}; jobs that told none are left out."""
    keys = {dimensions_key([{"Name": TRAINING_JOB, "Value": job}]): job for job in jobs}
    c = metric_points.c
    where = (c.account == account, c.region == region, c.namespace == TRAINING_JOBS, c.name == name)
    rows = tx.all(
        sa.select(c.dimensions, c.sum).where(*where, c.dimensions.in_(list(keys))).order_by(c.dimensions, c.time, c.id)
    )
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(keys[row["dimensions"]], []).append(float(row["sum"]))
    return found


def any_since(tx: Tx, series: Series, start: float) -> bool:
    """Whether the series has a point at or after `start`."""
    return tx.one(sa.select(metric_points.c.id).where(*_since(series, start)).limit(1)) is not None


def _since(series: Series, start: float) -> list[sa.ColumnElement[bool]]:
    c = metric_points.c
    where = [
        c.account == series.account,
        c.region == series.region,
        c.namespace.in_(spellings(series.namespace)),
        c.name == series.name,
        c.dimensions.in_({series.dimensions, canonical_dimensions(series.namespace, series.dimensions)}),
        c.time >= start,
    ]
    if series.unit is not None:
        where.append(c.unit == series.unit)
    return where


def buckets(rows: Iterable[Any], period: int, origin: float = 0.0) -> list[tuple[float, list[Any]]]:
    """(start, rows) of each period that has rows, oldest first. A period starts at `origin` plus whole periods."""
    found: dict[float, list[Any]] = {}
    for row in rows:
        found.setdefault(math.floor((row["time"] - origin) / period) * period + origin, []).append(row)
    return sorted(found.items())


def read(tx: Tx, series: Series, start: float, end: float, origin: float = 0.0) -> list[Datapoint]:
    """The series' datapoints between `start` and `end`, oldest first. Raises ValueError for an unknown statistic."""
    grouped = buckets(points(tx, series, start, end), series.period, origin)
    return [Datapoint(at, statistic(rows, series.statistic), sum(row["count"] for row in rows)) for at, rows in grouped]


def is_statistic(name: str) -> bool:
    """Whether `statistic` knows it."""
    return name in STATISTICS or PERCENTILE.fullmatch(name) is not None


def statistic(rows: Sequence[Any], name: str) -> float:
    """One statistic over points: SampleCount, Average, Sum, Minimum, Maximum, or a percentile pNN of their averages.

    Raises ValueError with a text for people for every other name.
    """
    if PERCENTILE.fullmatch(name):
        return _percentile(rows, float(name[1:]))
    count = sum(row["count"] for row in rows)
    total = sum(row["sum"] for row in rows)
    known = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else 0.0,
        "Minimum": min(row["minimum"] for row in rows),
        "Maximum": max(row["maximum"] for row in rows),
    }
    if name not in known:
        raise ValueError(f"The statistic {name} is not known; use {', '.join(known)} or pNN.")
    return float(known[name])


def _percentile(rows: Sequence[Any], percent: float) -> float:
    values = sorted(row["sum"] / row["count"] for row in rows if row["count"])
    at = (len(values) - 1) * percent / 100
    low, high = values[math.floor(at)], values[math.ceil(at)]
    return float(low + (high - low) * (at - math.floor(at)))


# -- runs -------------------------------------------------------------------------------------------------------------


def put_run(tx: Tx, arn: str, points: Iterable[tuple[str, float, float, int | None]]) -> None:
    """Record (name, value, time, step) points of the run whose trial component has this ARN."""
    rows: list[dict[str, Any]] = [
        {"arn": arn, "name": name, "value": value, "time": time, "step": step} for name, value, time, step in points
    ]
    if rows:
        tx.execute(sa.insert(run_metrics), rows)
