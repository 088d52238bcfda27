"""Metric points: CloudWatch's numbers, and the curves of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.tables import metric_points, run_metrics


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
    tx.execute(
        sa.insert(metric_points).values(
            account=account,
            region=region,
            namespace=namespace,
            name=name,
            dimensions=dimensions_key(dimensions),
            time=time,
            count=count,
            sum=total,
            minimum=minimum,
            maximum=maximum,
            unit=unit,
        )
    )


def put_run(tx: Tx, arn: str, points: Iterable[tuple[str, float, float, int | None]]) -> None:
    """Record (name, value, time, step) points of the run whose trial component has this ARN."""
    rows: list[dict[str, Any]] = [
        {"arn": arn, "name": name, "value": value, "time": time, "step": step} for name, value, time, step in points
    ]
    if rows:
        tx.execute(sa.insert(run_metrics), rows)
