"""Monitoring alerts: what tells that the last runs of a schedule did not simply complete.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-dashboard-alerts.html
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import not_found, validation
from ormer.services.sagemaker.monitoring_schedules import MONITORING_SCHEDULE
from ormer.stores import nouns, resources
from ormer.stores.monitoring import alerts, executions
from ormer.stores.monitoring.tables import monitoring_alert_history as history
from ormer.stores.nouns import DEFAULT_PAGE
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def list_monitoring_alerts(call: Call, request: JsonDict) -> JsonDict:
    """The alerts of a schedule: every schedule has one.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMonitoringAlerts.html

    Errors: ResourceNotFound.
    """
    schedule = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
    nouns.decode_token(request.get("NextToken"))
    with call.read() as tx:
        return {"MonitoringAlertSummaries": [alerts.of(tx, schedule).document]}


def update_monitoring_alert(call: Call, request: JsonDict) -> JsonDict:
    """Say how many of the last runs must go wrong for an alert; it is judged again at once.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateMonitoringAlert.html

    Errors: ResourceNotFound; ValidationException when more are asked for than are looked at.
    """
    if request["DatapointsToAlert"] > request["EvaluationPeriod"]:
        raise validation(
            f"DatapointsToAlert {request['DatapointsToAlert']} must not be greater than EvaluationPeriod "
            f"{request['EvaluationPeriod']}, the number of runs that are looked at."
        )
    with call.write() as tx:
        schedule = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        if request["MonitoringAlertName"] != alerts.NAME:
            raise not_found(
                f"The monitoring schedule {schedule.name} has no alert {request['MonitoringAlertName']}; its alert is "
                f"{alerts.NAME}."
            )
        change = {name: request[name] for name in ("DatapointsToAlert", "EvaluationPeriod")}
        resources.save(tx, alerts.of(tx, schedule), change, now=call.now, actor=call.identity.arn)
        alerts.judge(tx, schedule, executions.recent(tx, executions.family(schedule)), call.now)
    return {"MonitoringScheduleArn": schedule.arn, "MonitoringAlertName": alerts.NAME}


def list_monitoring_alert_history(call: Call, request: JsonDict) -> JsonDict:
    """Page through the changes of alerts' status, the newest first.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMonitoringAlertHistory.html

    Errors: ResourceNotFound for a schedule that is not there.
    """
    c = history.c
    where: list[sa.ColumnElement[bool]] = [c.account == call.account, c.region == call.region]
    if "MonitoringScheduleName" in request:
        where.append(c.schedule_arn == MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"]).arn)
    if "MonitoringAlertName" in request:
        where.append(c.alert_name == request["MonitoringAlertName"])
    if "StatusEquals" in request:
        where.append(c.status == request["StatusEquals"])
    if "CreationTimeAfter" in request:
        where.append(c.created > nouns.seconds(request["CreationTimeAfter"]))
    if "CreationTimeBefore" in request:
        where.append(c.created < nouns.seconds(request["CreationTimeBefore"]))
    columns = [c.status, c.number] if request.get("SortBy") == "Status" else [c.number]
    ascending = request.get("SortOrder", "Descending") == "Ascending"
    order = [column.asc() if ascending else column.desc() for column in columns]
    offset, length = nouns.decode_token(request.get("NextToken")), request.get("MaxResults", DEFAULT_PAGE)
    with call.read() as tx:
        rows = tx.all(sa.select(history).where(*where).order_by(*order).offset(offset).limit(length + 1))
    more = {"NextToken": nouns.encode_token(offset + length)} if len(rows) > length else {}
    entries = [
        {
            "MonitoringScheduleName": row["schedule_name"],
            "MonitoringAlertName": row["alert_name"],
            "CreationTime": row["created"],
            "AlertStatus": row["status"],
        }
        for row in rows[:length]
    ]
    return {"MonitoringAlertHistory": entries, **more}
