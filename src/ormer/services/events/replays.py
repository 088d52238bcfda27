"""Replays: archived events sent again to the rules of their bus."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.archives import archive_at, rows_of
from ormer.services.events.buses import bus_named
from ormer.services.events.pages import page_of
from ormer.stores import resources
from ormer.stores.nouns import Noun, seconds
from ormer.stores.port import Call

JsonDict = dict[str, Any]

REPLAY = Noun(
    "Replay",
    name="ReplayName",
    arn="replay/{name}",
    service="events",
    missing=("ResourceNotFoundException", "Replay {name} does not exist."),
    taken=("ResourceAlreadyExistsException", "Replay {name} already exists."),
)


def start_replay(call: Call, request: JsonDict) -> JsonDict:
    """Send the events of a time again, to all rules of the bus or to some. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html

    Errors: ResourceAlreadyExistsException; ResourceNotFoundException; ValidationException when the destination is
    not the archive's bus, or the time ends before it begins.
    """
    with call.write():
        archive = archive_at(call, request["EventSourceArn"])
        destination = request["Destination"]["Arn"]
        if not arns.is_arn(destination) or bus_named(call, destination) != archive.facts["bus"]:
            raise AwsError(
                "ValidationException",
                "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
            )
        times = {name: seconds(request[name]) for name in ("EventStartTime", "EventEndTime")}
        if times["EventStartTime"] >= times["EventEndTime"]:
            raise AwsError(
                "ValidationException",
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
            )
        row = REPLAY.create(
            call, request, document={**times, "ReplayStartTime": call.now}, status="STARTING", event=False
        )
    return row.document


def describe_replay(call: Call, request: JsonDict) -> JsonDict:
    """Answer a replay. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html"""
    return REPLAY.get(call, request["ReplayName"]).document


def list_replays(call: Call, request: JsonDict) -> JsonDict:
    """Page through replays by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html"""
    found = rows_of(call, REPLAY, request.get("NamePrefix", ""))
    for member in ("EventSourceArn", "State"):
        if request.get(member):
            found = [row for row in found if row.document[member] == request[member]]
    shown, more = page_of(found, request)
    return {"Replays": [row.document for row in shown], **more}


def cancel_replay(call: Call, request: JsonDict) -> JsonDict:
    """End a replay under way. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html

    Errors: IllegalStatusException when it has ended.
    """
    with call.write() as tx:
        row = REPLAY.get(call, request["ReplayName"])
        moved = resources.advance(tx, row.arn, "CANCELLING", now=call.now, expect=("STARTING", "RUNNING"))
        if moved is None:
            raise AwsError("IllegalStatusException", f"Replay {row.name} is not in a valid state for this operation.")
    return moved.document
