"""What became of alarms."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.alarms import history
from ormer.stores.alarms.tables import alarm_history
from ormer.stores.nouns import decode_token, encode_token, seconds
from ormer.stores.port import Call

JsonDict = dict[str, Any]
PAGE = 100


def describe_alarm_history(call: Call, request: JsonDict) -> JsonDict:
    """Page through the history of one alarm or of all, deleted ones included. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html

    Without AlarmTypes only metric alarms are answered, as AWS does. Errors: InvalidNextToken.
    """
    c = alarm_history.c
    where = [c.account == call.account, c.region == call.region]
    if "AlarmName" in request:
        where.append(c.alarm_name == request["AlarmName"])
    where.append(c.alarm_type.in_(request.get("AlarmTypes", ["MetricAlarm"])))
    if "HistoryItemType" in request:
        where.append(c.item_type == request["HistoryItemType"])
    if "StartDate" in request:
        where.append(c.time >= seconds(request["StartDate"]))
    if "EndDate" in request:
        where.append(c.time <= seconds(request["EndDate"]))
    limit = int(request.get("MaxRecords", PAGE))
    descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    with call.read() as tx:
        found = history.page(tx, *where, descending=descending, after=_after(request), limit=limit + 1)
    more = {"NextToken": encode_token(found[limit - 1]["id"])} if len(found) > limit else {}
    return {"AlarmHistoryItems": [_shown(item) for item in found[:limit]], **more}


def _after(request: JsonDict) -> int | None:
    if not request.get("NextToken"):
        return None
    try:
        return decode_token(request["NextToken"])
    except AwsError as error:
        raise AwsError("InvalidNextToken", error.message) from None


def _shown(item: Any) -> JsonDict:
    return {
        "AlarmName": item["alarm_name"],
        "AlarmType": item["alarm_type"],
        "Timestamp": item["time"],
        "HistoryItemType": item["item_type"],
        "HistorySummary": item["summary"],
        "HistoryData": json.dumps(item["data"]),
    }
