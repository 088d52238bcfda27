"""Log streams: one for each container of a job, or whatever a client opens."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.logs.groups import LOG_GROUP, group_name, in_group, known_group
from ormer.stores import logs
from ormer.stores.database import Tx
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.tables import log_events, log_streams

JsonDict = dict[str, Any]
PAGE = 50


def create_log_stream(call: Call, request: JsonDict) -> JsonDict:
    """Make a stream in a group. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html"""
    group, name = request["logGroupName"], request["logStreamName"]
    with call.write() as tx:
        known_group(tx, call, group)
        if _find(tx, call, group, name) is not None:
            raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
        logs.stream(tx, call.account, call.region, group, name, call.now)
    return {}


def delete_log_stream(call: Call, request: JsonDict) -> JsonDict:
    """Delete a stream with its events. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html"""
    with call.write() as tx:
        stream = stream_of(tx, call, request["logGroupName"], request["logStreamName"])
        tx.execute(sa.delete(log_events).where(log_events.c.stream_id == stream["id"]))
        tx.execute(sa.delete(log_streams).where(log_streams.c.id == stream["id"]))
    return {}


def describe_log_streams(call: Call, request: JsonDict) -> JsonDict:
    """Page through a group's streams by name or last event. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html

    Errors: ResourceNotFoundException for a group that is not there yet: clients wait on it.
    """
    group = group_name(request)
    c = log_streams.c
    by_time = request.get("orderBy") == "LastEventTime"
    if by_time and request.get("logStreamNamePrefix"):
        raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    column = c.last_event if by_time else c.stream
    start = decode_token(request.get("nextToken"))
    length = int(request.get("limit", PAGE))
    statement = (
        sa.select(log_streams)
        .where(*in_group(call, group), c.stream.startswith(request.get("logStreamNamePrefix", ""), autoescape=True))
        .order_by(column.desc() if request.get("descending") else column.asc(), c.id)
        .offset(start)
        .limit(length + 1)
    )
    with call.read() as tx:
        known_group(tx, call, group)
        found = tx.all(statement)
    more = {"nextToken": encode_token(start + length)} if len(found) > length else {}
    return {"logStreams": [_shown(call, group, dict(row)) for row in found[:length]], **more}


def stream_of(tx: Tx, call: Call, group: str, name: str) -> Any:
    """The stream's row; ResourceNotFoundException names what is not there, the group or the stream."""
    known_group(tx, call, group)
    found = _find(tx, call, group, name)
    if found is None:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return found


def _find(tx: Tx, call: Call, group: str, name: str) -> Any:
    return tx.one(sa.select(log_streams).where(*in_group(call, group), log_streams.c.stream == name))


def _shown(call: Call, group: str, row: JsonDict) -> JsonDict:
    return {
        "logStreamName": row["stream"],
        "creationTime": int(row["created"] * 1000),
        "firstEventTimestamp": row["first_event"],
        "lastEventTimestamp": row["last_event"],
        "lastIngestionTime": row["last_ingestion"],
        "uploadSequenceToken": encode_token(row["id"]),
        "arn": f"{LOG_GROUP.arn_of(call, group)}:log-stream:{row['stream']}",
        "storedBytes": 0,
    }
