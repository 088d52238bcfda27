"""Monitoring executions: the runs of monitoring schedules. They are begun by the schedules' times.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringExecutionSummary.html
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.services.sagemaker.monitoring_schedules import having
from ormer.stores import nouns
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

# Rows bear the time they were scheduled for as their name.
MONITORING_EXECUTION = Noun(
    "MonitoringExecution",
    name="ScheduledTime",
    arn="monitoring-execution/{name}",
    sort={"CreationTime": "created", "ScheduledTime": "name", "Status": "status"},
)
LISTED = {
    "MonitoringScheduleName": "MonitoringScheduleName",
    "EndpointName": "EndpointName",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}


def list_monitoring_executions(call: Call, request: JsonDict) -> JsonDict:
    """Page through runs, the newest first; the history of deleted schedules is among them.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMonitoringExecutions.html
    """
    asked = {"SortBy": "ScheduledTime", **request}
    conditions: list[sa.ColumnElement[bool]] = having(request, LISTED)
    if "ScheduledTimeAfter" in request:
        conditions.append(table.c.name > iso(nouns.seconds(request["ScheduledTimeAfter"])))
    if "ScheduledTimeBefore" in request:
        conditions.append(table.c.name < iso(nouns.seconds(request["ScheduledTimeBefore"])))
    rows, more = MONITORING_EXECUTION.rows(call, asked, *conditions)
    return {"MonitoringExecutionSummaries": [row.document for row in rows], **more}
