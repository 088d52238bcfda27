"""Log groups: made by name, or opened by the first job that writes to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import tagging
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun, decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import log_events, log_streams
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 50

LOG_GROUP = Noun(
    "LogGroup",
    name="logGroupName",
    arn="log-group:{name}",
    service="logs",
    arn_member="logGroupArn",
    missing=("ResourceNotFoundException", "The specified log group does not exist."),
    taken=("ResourceAlreadyExistsException", "The specified log group already exists"),
    page=PAGE,
    order="Ascending",
)


def create_log_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a log group. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
    words = {key: value for key, value in request.items() if key != "tags"}
    pairs = [{"Key": key, "Value": value} for key, value in request.get("tags", {}).items()]
    with call.write() as tx:
        _free(tx, call, request["logGroupName"])
        row = LOG_GROUP.create(call, words)
        tagging.put(tx, row.arn, pairs)
    return {}


def delete_log_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete a group with its streams. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"""
    name = request["logGroupName"]
    with call.write() as tx:
        row = LOG_GROUP.find(call, name)
        streams = [stream["id"] for stream in tx.all(sa.select(log_streams.c.id).where(*in_group(call, name)))]
        if row is None and not streams:
            raise LOG_GROUP.not_found(call, name)
        tx.execute(sa.delete(log_events).where(log_events.c.stream_id.in_(streams)))
        tx.execute(sa.delete(log_streams).where(log_streams.c.id.in_(streams)))
        if row is not None:
            LOG_GROUP.remove(call, row)
    return {}


def describe_log_groups(call: Call, request: JsonDict) -> JsonDict:
    """Page through groups, those that jobs made included. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html"""
    prefix, pattern = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
    c = table.c
    with call.read() as tx:
        made = tx.all(
            sa.select(table).where(
                c.account == call.account, c.region == call.region, c.service == "logs", c.kind == LOG_GROUP.kind
            )
        )
        used = tx.all(
            sa.select(log_streams.c.group, sa.func.min(log_streams.c.created).label("created"))
            .where(log_streams.c.account == call.account, log_streams.c.region == call.region)
            .group_by(log_streams.c.group)
        )
    groups = {row["group"]: _group(call, row["group"], row["created"], {}) for row in used}
    for found in made:
        row = Row(**found)
        groups[row.name] = _group(call, row.name, row.created, row.document)
    names = sorted(name for name in groups if name.startswith(prefix) and pattern in name)
    start = decode_token(request.get("nextToken"))
    end = start + int(request.get("limit", PAGE))
    more = {"nextToken": encode_token(end)} if len(names) > end else {}
    sizes = _sizes(call, names[start:end])
    return {"logGroups": [{**groups[name], "storedBytes": sizes.get(name, 0)} for name in names[start:end]], **more}


def put_retention_policy(call: Call, request: JsonDict) -> JsonDict:
    """Store how long a group keeps events. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html

    Differs: kept and shown; events are not deleted by age.
    """
    with call.write():
        row = _made(call, request["logGroupName"])
        LOG_GROUP.save(call, row, {"retentionInDays": request["retentionInDays"]})
    return {}


def delete_retention_policy(call: Call, request: JsonDict) -> JsonDict:
    """Keep a group's events for good. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html"""
    with call.write():
        LOG_GROUP.save(call, _made(call, request["logGroupName"]), {}, drop=("retentionInDays",))
    return {}


def _sizes(call: Call, groups: list[str]) -> dict[str, int]:
    """Bytes of each group's messages."""
    c, s = log_events.c, log_streams.c
    statement = (
        sa.select(s.group, sa.func.sum(sa.func.length(c.message)).label("size"))
        .where(s.account == call.account, s.region == call.region, s.group.in_(groups), c.stream_id == s.id)
        .group_by(s.group)
    )
    with call.read() as tx:
        return {row["group"]: row["size"] for row in tx.all(statement)}


def _free(tx: Tx, call: Call, group: str) -> None:
    """Raise when a job has opened the group by writing to it."""
    if tx.one(sa.select(log_streams.c.id).where(*in_group(call, group)).limit(1)) is not None:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")


def _made(call: Call, group: str) -> Row:
    """The group's row; a group that a job opened by writing gets one now."""
    row = LOG_GROUP.find(call, group)
    if row is not None:
        return row
    with call.write() as tx:
        known_group(tx, call, group)
        return LOG_GROUP.create(call, {"logGroupName": group})


def _group(call: Call, name: str, created: float, document: JsonDict) -> JsonDict:
    arn = LOG_GROUP.arn_of(call, name)
    return {
        **document,
        "logGroupName": name,
        "creationTime": int(created * 1000),
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "metricFilterCount": 0,
    }


def group_name(request: JsonDict) -> str:
    """The group a request names, by name or ARN."""
    if request.get("logGroupName"):
        return str(request["logGroupName"])
    identifier = request.get("logGroupIdentifier", "")
    if not identifier:
        raise AwsError("InvalidParameterException", "Give logGroupName or logGroupIdentifier.")
    return str(identifier).rsplit(":", 1)[-1] if arns.is_arn(identifier) else str(identifier)


def in_group(call: Call, group: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on `tables.log_streams` for the caller's group."""
    c = log_streams.c
    return (c.account == call.account, c.region == call.region, c.group == group)


def known_group(tx: Tx, call: Call, group: str) -> None:
    """Raise ResourceNotFoundException unless the group was made, or opened by writing to it."""
    used = tx.one(sa.select(log_streams.c.id).where(*in_group(call, group)).limit(1))
    if used is None and LOG_GROUP.find(call, group) is None:
        raise LOG_GROUP.not_found(call, group)
