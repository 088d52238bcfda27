"""Monitoring alerts: one a schedule, which is InAlert when enough of its last runs did not simply complete.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-dashboard-alerts.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.stores import events, resources
from ormer.stores.database import Tx
from ormer.stores.monitoring.tables import monitoring_alert_history as history
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
KIND = "MonitoringAlert"
# AWS documents neither the name nor the numbers of the alert that a schedule has from its beginning.
NAME = "default-alert"
DATAPOINTS, PERIODS = 1, 1
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateMonitoringAlert.html
PERIODS_MAX = 100
IN_ALERT, FINE = "InAlert", "OK"
SOURCE, DETAIL_TYPE = "ormer", "Monitoring Alert Status Change"


def arn_of(schedule: Row, name: str) -> str:
    """The ARN of a schedule's alert."""
    return f"{schedule.arn}/alert/{name}"


def make(tx: Tx, schedule: Row, now: float) -> None:
    """Give a new schedule its alert."""
    resources.create(
        tx,
        arn=arn_of(schedule, NAME),
        kind=KIND,
        name=NAME,
        parent=schedule.arn,
        document={
            "MonitoringAlertName": NAME,
            "DatapointsToAlert": DATAPOINTS,
            "EvaluationPeriod": PERIODS,
            "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
        },
        status=FINE,
        now=now,
        event=False,
    )


def of(tx: Tx, schedule: Row) -> Row:
    """The schedule's alert."""
    row = resources.get(tx, arn_of(schedule, NAME))
    assert row is not None, "a schedule is made together with its alert"
    return row


def judge(tx: Tx, schedule: Row, statuses: Sequence[str], now: float) -> Row:
    """Look at the last runs, the newest first, and change the alert's status where they say so. Returns the alert."""
    alert = of(tx, schedule)
    seen = statuses[: alert.document["EvaluationPeriod"]]
    bad = sum(status != "Completed" for status in seen)
    status = IN_ALERT if bad >= alert.document["DatapointsToAlert"] else FINE
    if status == alert.status:
        return alert
    moved = resources.advance(tx, alert.arn, status, now=now)
    assert moved is not None, "an alert has no final status"
    values = {
        "account": schedule.account,
        "region": schedule.region,
        "schedule_arn": schedule.arn,
        "schedule_name": schedule.name,
        "alert_name": alert.name,
        "created": now,
        "status": status,
    }
    tx.execute(sa.insert(history), values)
    _tell(tx, schedule, moved, alert.status, now)
    return moved


def forget(tx: Tx, schedule: Row) -> None:
    """Remove the alert of a schedule that is deleted, and its history."""
    tx.execute(sa.delete(history).where(history.c.schedule_arn == schedule.arn))
    resources.delete(tx, arn_of(schedule, NAME))


def _tell(tx: Tx, schedule: Row, alert: Row, previous: str, now: float) -> None:
    detail = {
        "MonitoringScheduleName": schedule.name,
        "MonitoringAlertName": alert.name,
        "AlertStatus": alert.status,
        "PreviousAlertStatus": previous,
        "DatapointsToAlert": alert.document["DatapointsToAlert"],
        "EvaluationPeriod": alert.document["EvaluationPeriod"],
        "LastModifiedTime": iso(now),
    }
    if "EndpointName" in schedule.document:
        detail["EndpointName"] = schedule.document["EndpointName"]
    events.emit(
        tx,
        account=schedule.account,
        region=schedule.region,
        source=SOURCE,
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[schedule.arn],
        now=now,
    )
