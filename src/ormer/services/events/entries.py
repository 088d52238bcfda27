"""Events that people send, and patterns tried on an event."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec

from ormer.aws.errors import AwsError
from ormer.services.events.buses import bus_named
from ormer.services.events.rules import checked_pattern
from ormer.stores import events
from ormer.stores.nouns import seconds
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
REQUEST_BYTES_MAX = 262_144
TIME_BYTES = 14
# A document nested deeper than this is more than a JSON reader follows.
DEPTH_MAX = 200
ENVELOPE = ("id", "account", "source", "time", "region", "resources", "detail-type")


def put_events(call: Call, request: JsonDict) -> JsonDict:
    """Send events of one's own. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

    Every entry is answered by itself, with an EventId or an error.
    Differs: an entry for a bus that is not there fails, where AWS takes it and drops it.
    Errors: ValidationException when all entries together have more than 256 KB.
    """
    entries = request["Entries"]
    if sum(_size(entry) for entry in entries) > REQUEST_BYTES_MAX:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")
    with call.write():
        answers = [_put(call, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def test_event_pattern(call: Call, request: JsonDict) -> JsonDict:
    """Say whether a pattern matches an event. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html

    Errors: InvalidEventPatternException; ValidationException for an event that lacks a member of the envelope.
    """
    pattern = checked_pattern(request["EventPattern"])
    event = _parsed(request["Event"])
    if not isinstance(event, dict):
        raise AwsError("ValidationException", "Parameter Event is not valid. Reason: it must be a JSON object.")
    missing = [name for name in ENVELOPE if name not in event]
    if missing:
        raise AwsError("ValidationException", f"Parameter Event is not valid. Reason: {missing[0]} is missing.")
    return {"Result": pattern.matches(event)}


def _size(entry: JsonDict) -> int:
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", ""), *entry.get("Resources", ())]
    return sum(len(text.encode()) for text in texts) + (TIME_BYTES if "Time" in entry else 0)


def _put(call: Call, entry: JsonDict) -> JsonDict:
    try:
        detail = _checked(entry)
        bus = bus_named(call, entry.get("EventBusName"))
        time = seconds(entry["Time"]) if "Time" in entry else call.now
    except AwsError as error:
        return {"ErrorCode": error.code, "ErrorMessage": error.message}
    identifier = str(uuid.uuid4())
    with call.write() as tx:
        events.emit(
            tx,
            account=call.account,
            region=call.region,
            source=entry["Source"],
            detail_type=entry["DetailType"],
            detail=detail,
            resources=entry.get("Resources", ()),
            now=time,
            actor=call.identity.arn,
            bus=bus,
            identifier=identifier,
        )
    return {"EventId": identifier}


def _checked(entry: JsonDict) -> JsonDict:
    """The parsed Detail of an entry that may be sent."""
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            text = f"Parameter {member} is not valid. Reason: {member} is a required argument."
            raise AwsError("InvalidArgument", text)
    if entry["Source"].startswith("aws."):
        raise AwsError("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = _parsed(entry["Detail"])
    except AwsError:
        detail = None
    if not isinstance(detail, dict):
        raise AwsError("MalformedDetail", "Detail is malformed.")
    return detail


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        # Half a surrogate pair is JSON that cannot be kept.
        msgspec.json.encode(value)
    except (ValueError, RecursionError):
        value = None
    if value is None or _depth(value) > DEPTH_MAX:
        raise AwsError("ValidationException", "Parameter Event is not valid. Reason: it is not JSON.")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [list(one.values()) if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for one in inner for item in one]
    return depth
