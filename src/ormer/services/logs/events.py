"""Log events: jobs write them, people read them while a job runs."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.logs.filters import matcher
from ormer.services.logs.groups import group_name, in_group, known_group
from ormer.services.logs.streams import stream_of
from ormer.stores import logs
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.tables import log_events, log_streams

JsonDict = dict[str, Any]
EVENTS_PAGE = 10_000
BODY_LIMIT_BYTES = 1_048_576
# What CloudWatch adds to each event when it counts a batch's bytes.
EVENT_OVERHEAD_BYTES = 26
TOKEN = re.compile(r"^([fb])/(-?\d+)/(\d+)$")


def put_log_events(call: Call, request: JsonDict) -> JsonDict:
    """Append events. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    events = request["logEvents"]
    size = sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in events)
    if size > BODY_LIMIT_BYTES:
        raise AwsError("InvalidParameterException", f"The batch has {size} bytes; {BODY_LIMIT_BYTES} is the most.")
    times = [int(event["timestamp"]) for event in events]
    if times != sorted(times):
        raise AwsError("InvalidParameterException", "Log events in a single PutLogEvents request must be in order.")
    with call.write() as tx:
        stream = stream_of(tx, call, request["logGroupName"], request["logStreamName"])
        lines = [(int(event["timestamp"]), event["message"]) for event in events]
        logs.append(tx, stream["id"], lines, call.now)
    return {"nextSequenceToken": encode_token(stream["id"])}


def get_log_events(call: Call, request: JsonDict) -> JsonDict:
    """Read one stream, forwards or backwards. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html

    Events come by their time. At the end the token stays the same, which is how clients know.
    """
    with call.read() as tx:
        stream = stream_of(tx, call, group_name(request), request["logStreamName"])
        c = log_events.c
        where = [c.stream_id == stream["id"]]
        if "startTime" in request:
            where.append(c.timestamp >= int(request["startTime"]))
        if "endTime" in request:
            where.append(c.timestamp < int(request["endTime"]))
        limit = int(request.get("limit", EVENTS_PAGE))
        token = _token(request.get("nextToken"))
        forward = token.forward if token else request.get("startFromHead", False)
        if token:
            place = sa.tuple_(c.timestamp, c.id)
            at = sa.tuple_(sa.literal(token.timestamp), sa.literal(token.number))
            where.append(place > at if forward else place < at)
        order = (c.timestamp, c.id) if forward else (c.timestamp.desc(), c.id.desc())
        found = list(tx.all(sa.select(log_events).where(*where).order_by(*order).limit(limit)))
    if not forward:
        found.reverse()
    first, last = _ends(found, token)
    return {"events": [_event(row) for row in found], "nextForwardToken": last, "nextBackwardToken": first}


def filter_log_events(call: Call, request: JsonDict) -> JsonDict:
    """Read several streams of a group through a filter pattern. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    group = group_name(request)
    matches = matcher(request.get("filterPattern", ""))
    c, s = log_events.c, log_streams.c
    where = [*in_group(call, group), s.id == c.stream_id]
    if request.get("logStreamNames"):
        where.append(s.stream.in_(request["logStreamNames"]))
    if request.get("logStreamNamePrefix"):
        where.append(s.stream.startswith(request["logStreamNamePrefix"], autoescape=True))
    if "startTime" in request:
        where.append(c.timestamp >= int(request["startTime"]))
    if "endTime" in request:
        where.append(c.timestamp < int(request["endTime"]))
    limit = int(request.get("limit", EVENTS_PAGE))
    start = decode_token(request.get("nextToken"))
    with call.read() as tx:
        known_group(tx, call, group)
        rows = tx.all(
            sa.select(log_events, s.stream).where(*where).order_by(c.timestamp, c.id).offset(start).limit(limit + 1)
        )
    events = [
        {**_event(row), "logStreamName": row["stream"], "eventId": str(row["id"])}
        for row in rows[:limit]
        if matches(row["message"])
    ]
    more = {"nextToken": encode_token(start + limit)} if len(rows) > limit else {}
    return {"events": events, "searchedLogStreams": [], **more}


def _event(row: Any) -> JsonDict:
    return {"timestamp": row["timestamp"], "message": row["message"], "ingestionTime": row["ingestion"]}


class _Place(NamedTuple):
    """Where a token stands in a stream: beside one event."""

    forward: bool
    timestamp: int
    number: int


def _token(token: str | None) -> _Place | None:
    if not token:
        return None
    found = TOKEN.match(token)
    if found is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return _Place(found[1] == "f", int(found[2]), int(found[3]))


def _ends(found: list[Any], token: _Place | None) -> tuple[str, str]:
    """(backward, forward) tokens. An empty page answers the token it was asked with: that is how clients know."""
    if found:
        first, last = found[0], found[-1]
        return f"b/{first['timestamp']}/{first['id']}", f"f/{last['timestamp']}/{last['id']}"
    timestamp, number = (token.timestamp, token.number) if token else (0, 0)
    # Between its two tokens an empty page holds nothing, so that the one event beside it is found by the other.
    behind = number - 1 if token and not token.forward else number
    before = number + 1 if token and token.forward else number
    return f"b/{timestamp}/{before}", f"f/{timestamp}/{behind}"
