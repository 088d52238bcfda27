"""Finding alarms: by name, state, action, family and metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from ormer.aws import alarm_rules
from ormer.aws.errors import AwsError
from ormer.services.cloudwatch.alarm_rows import get
from ormer.stores import metrics, resources
from ormer.stores.alarms.states import ACTIONS, KINDS
from ormer.stores.alarms.tables import alarm_series
from ormer.stores.nouns import decode_place, encode_place
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 50


def describe_alarms(call: Call, request: JsonDict) -> JsonDict:
    """Page through alarms by name. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html

    Without AlarmTypes only metric alarms are answered, as AWS does. Errors: InvalidNextToken.
    """
    if "AlarmNames" in request and "AlarmNamePrefix" in request:
        raise AwsError("ValidationError", "Specify either AlarmNames or AlarmNamePrefix, not both.")
    c = table.c
    kinds = [kind for kind in request.get("AlarmTypes", ["MetricAlarm"]) if kind in KINDS]
    where = [c.account == call.account, c.region == call.region, c.service == "cloudwatch"]
    if "ChildrenOfAlarmName" in request or "ParentsOfAlarmName" in request:
        where.append(c.name.in_(_family(call, request)))
        kinds = list(KINDS)
    where.append(c.kind.in_(kinds))
    if "AlarmNames" in request:
        where.append(c.name.in_(request["AlarmNames"]))
    if "AlarmNamePrefix" in request:
        where.append(c.name.startswith(request["AlarmNamePrefix"], autoescape=True))
    if "StateValue" in request:
        where.append(c.status == request["StateValue"])
    rows, more = _page(call, where, request, _acts(request.get("ActionPrefix")))
    shown = {kind: [row.document for row in rows if row.kind == kind] for kind in KINDS}
    return {"MetricAlarms": shown["MetricAlarm"], "CompositeAlarms": shown["CompositeAlarm"], **more}


def describe_alarms_for_metric(call: Call, request: JsonDict) -> JsonDict:
    """The alarms on one metric. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html"""
    s = alarm_series.c
    named = sa.select(s.alarm_arn).where(
        s.account == call.account,
        s.region == call.region,
        s.namespace == metrics.canonical(request["Namespace"]),
        s.name == request["MetricName"],
        s.dimensions
        == metrics.canonical_dimensions(request["Namespace"], metrics.dimensions_key(request.get("Dimensions", ()))),
    )
    with call.read() as tx:
        rows = resources.select(tx, table.c.arn.in_(named), order=table.c.name)
    same = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    wanted = {member: request[member] for member in same if member in request}
    found = [row.document for row in rows if wanted.items() <= row.document.items()]
    return {"MetricAlarms": found}


def _page(
    call: Call, where: list[sa.ColumnElement[bool]], request: JsonDict, fits: Callable[[Row], bool]
) -> tuple[list[Row], JsonDict]:
    """One page in the order of names; what `fits` refuses takes no place on it."""
    limit = int(request.get("MaxRecords", PAGE))
    if request.get("NextToken"):
        where = [*where, table.c.name > _behind(request["NextToken"])]
    with call.read() as tx:
        rows = [row for row in resources.select(tx, *where, order=table.c.name) if fits(row)]
    if len(rows) <= limit:
        return rows, {}
    return rows[:limit], {"NextToken": encode_place(rows[limit - 1].name, rows[limit - 1].arn)}


def _behind(token: str) -> str:
    try:
        return str(decode_place(token)[0])
    except AwsError as error:
        raise AwsError("InvalidNextToken", error.message) from None


def _acts(prefix: str | None) -> Callable[[Row], bool]:
    if prefix is None:
        return lambda row: True
    return lambda row: any(
        action.startswith(prefix) for member in ACTIONS.values() for action in row.document.get(member, ())
    )


def _family(call: Call, request: JsonDict) -> list[str]:
    """The names of a composite alarm's children, or of an alarm's parents."""
    if "ChildrenOfAlarmName" in request:
        row = get(call, request["ChildrenOfAlarmName"])
        return _children(row) if row.kind == "CompositeAlarm" else []
    wanted = request["ParentsOfAlarmName"]
    c = table.c
    with call.read() as tx:
        composites = resources.select(
            tx, c.account == call.account, c.region == call.region, c.kind == "CompositeAlarm"
        )
    return [row.name for row in composites if wanted in _children(row)]


def _children(row: Row) -> list[str]:
    named = alarm_rules.alarms_of(alarm_rules.parse(row.document["AlarmRule"]))
    return [name.rpartition(":alarm:")[2] for name in named]
