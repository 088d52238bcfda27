"""Monitoring executions: one row for each time of a schedule, begun with the time and ended with its job.

An execution has no ARN at AWS; ours is made of the schedule's and the time, so that no time runs twice. It keeps the
schedule's configuration as it was, and outlives the schedule: AWS keeps the history when a schedule is deleted.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.aws.lifecycles import lifecycle
from ormer.stores import events, resources
from ormer.stores.database import Tx
from ormer.stores.monitoring import alerts
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "MonitoringExecution"
TASK = "monitoring_execution"
FINAL = lifecycle(KIND).final
# AWS sends no event about executions.
SOURCE = "ormer"
DETAIL_TYPE = "Monitoring Execution Status Change"
NAMED = ("EndpointName", "MonitoringJobDefinitionName", "MonitoringType")
ID_CHARACTERS = 12


def new_id() -> str:
    """What tells a schedule from an earlier one of its name."""
    return uuid.uuid4().hex[:ID_CHARACTERS]


def family(schedule: Row) -> str:
    """The parent of a schedule's executions."""
    return f"{schedule.arn}/{schedule.facts['id']}"


def begin(tx: Tx, schedule: Row, scheduled: float, window: tuple[float, float], now: float) -> Row | None:
    """Begin the run of a schedule for a time; None when that time has its run already.

    scheduled, window: seconds since the epoch. Its task is made with it.
    """
    words = {name: schedule.document[name] for name in NAMED if name in schedule.document}
    words["MonitoringScheduleName"] = schedule.name
    config = schedule.document["MonitoringScheduleConfig"]
    return resources.create(
        tx,
        arn=f"{family(schedule)}/{iso(scheduled)}",
        kind=KIND,
        name=iso(scheduled),
        parent=family(schedule),
        document={**words, "ScheduledTime": scheduled},
        status="Pending",
        facts={"schedule": schedule.arn, "config": config, "window": list(window)},
        now=now,
        event=False,
    )


def move(
    tx: Tx, arn: str, to: str, *, now: float, change: JsonDict | None = None, facts: JsonDict | None = None
) -> Row | None:
    """Change an execution's status; with its event, and with the alert of its schedule when it is final.

    Returns the new row, or None when it was final already. facts may bring `violations`, their count.
    """
    before = resources.get(tx, arn)
    moved = resources.advance(tx, arn, to, now=now, change=change, facts=facts)
    if before is None or moved is None:
        return None
    if before.status != to:
        _tell(tx, before, moved, now)
    schedule = resources.get(tx, moved.facts["schedule"])
    if moved.status in FINAL and schedule is not None and family(schedule) == moved.parent:
        alerts.judge(tx, schedule, recent(tx, moved.parent), now)
    return moved


def recent(tx: Tx, parent: str) -> list[str]:
    """The statuses of a schedule's last runs that are over, the newest first; as many as an alert may look at."""
    c = table.c
    rows = resources.select(
        tx,
        c.kind == KIND,
        c.parent == parent,
        c.status.in_(sorted(FINAL - {"Stopped"})),
        order=c.name.desc(),
        limit=alerts.PERIODS_MAX,
    )
    return [row.status for row in rows]


def latest(tx: Tx, schedule: Row) -> Row | None:
    """The schedule's newest run, or None before the first."""
    c = table.c
    found = resources.select(tx, c.kind == KIND, c.parent == family(schedule), order=c.name.desc(), limit=1)
    return found[0] if found else None


def one_before(tx: Tx, row: Row) -> Row | None:
    """The last run before this one of its schedule that is not over, or None."""
    c = table.c
    earlier = [c.kind == KIND, c.parent == row.parent, c.name < row.name, c.status.not_in(sorted(FINAL))]
    found = resources.select(tx, *earlier, order=c.name.desc(), limit=1)
    return found[0] if found else None


def under_way(tx: Tx, schedule: Row) -> list[Row]:
    """The schedule's runs that are not over, oldest first."""
    c = table.c
    mine: list[sa.ColumnElement[bool]] = [c.kind == KIND, c.parent == family(schedule)]
    return resources.select(tx, *mine, c.status.not_in(sorted(FINAL)), order=c.name)


def _tell(tx: Tx, before: Row, moved: Row, now: float) -> None:
    words = dict(moved.document)
    for name in ("CreationTime", "LastModifiedTime", "ScheduledTime"):
        words[name] = iso(words[name])
    start, end = moved.facts["window"]
    detail = {
        **words,
        "PreviousMonitoringExecutionStatus": before.status,
        "DataAnalysisStartTime": iso(start),
        "DataAnalysisEndTime": iso(end),
    }
    if moved.facts.get("violations"):
        detail["ViolationCount"] = moved.facts["violations"]
    if moved.facts.get("report"):
        detail["ReportS3Uri"] = moved.facts["report"]
    events.emit(
        tx,
        account=moved.account,
        region=moved.region,
        source=SOURCE,
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[moved.facts["schedule"]],
        now=now,
    )
