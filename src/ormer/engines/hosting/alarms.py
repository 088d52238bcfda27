"""Alarms that end a deployment: CloudWatch's, by their names."""

from __future__ import annotations

from collections.abc import Iterable

from ormer.stores import resources
from ormer.stores.database import Tx


def first_in_alarm(tx: Tx, account: str, region: str, names: Iterable[str]) -> str:
    """The first of these alarms whose state is ALARM, or "". An alarm that is not there is not in alarm."""
    for name in names:
        row = resources.find(tx, account, region, "cloudwatch", "MetricAlarm", name)
        if row is not None and row.status == "ALARM":
            return name
    return ""
