"""Archives: which of a bus's events may be sent again. The outbox keeps them all; an archive is a window on it."""

from __future__ import annotations

from typing import Any

import msgspec

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.buses import bus_named
from ormer.services.events.pages import page_of
from ormer.services.events.rules import checked_pattern
from ormer.stores import events, resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.rules import archived
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

ARCHIVE = Noun(
    "Archive",
    name="ArchiveName",
    arn="archive/{name}",
    service="events",
    missing=("ResourceNotFoundException", "Archive {name} does not exist."),
    taken=("ResourceAlreadyExistsException", "Archive {name} already exists."),
)
CHANGEABLE = ("Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier")


def create_archive(call: Call, request: JsonDict) -> JsonDict:
    """Begin to keep a bus's events for replays. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html

    Errors: ResourceAlreadyExistsException; ResourceNotFoundException for the bus; InvalidEventPatternException.
    """
    with call.write() as tx:
        _check_pattern(request)
        bus = bus_named(call, request["EventSourceArn"])
        row = ARCHIVE.create(
            call, request, document={"State": "ENABLED"}, facts={"bus": bus, "since": events.last(tx)}, event=False
        )
    return row.document


def describe_archive(call: Call, request: JsonDict) -> JsonDict:
    """Answer an archive with what it holds. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeArchive.html"""
    return _shown(call, ARCHIVE.get(call, request["ArchiveName"]))


def list_archives(call: Call, request: JsonDict) -> JsonDict:
    """Page through archives by name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html"""
    found = rows_of(call, ARCHIVE, request.get("NamePrefix", ""))
    for member in ("EventSourceArn", "State"):
        if request.get(member):
            found = [row for row in found if row.document[member] == request[member]]
    shown, more = page_of(found, request)
    return {"Archives": [_shown(call, row) for row in shown], **more}


def update_archive(call: Call, request: JsonDict) -> JsonDict:
    """Change what an archive keeps. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html"""
    _check_pattern(request)
    with call.write():
        change = {name: request[name] for name in CHANGEABLE if name in request}
        return ARCHIVE.save(call, ARCHIVE.get(call, request["ArchiveName"]), change).document


def delete_archive(call: Call, request: JsonDict) -> JsonDict:
    """Delete an archive. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteArchive.html"""
    with call.write():
        ARCHIVE.remove(call, ARCHIVE.get(call, request["ArchiveName"]))
    return {}


def rows_of(call: Call, noun: Noun, prefix: str) -> list[Row]:
    """The caller's resources of a kind whose names begin so, by name."""
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == noun.service, c.kind == noun.kind)
    with call.read() as tx:
        found = resources.select(tx, *where, order=c.name)
    return [row for row in found if row.name.startswith(prefix)]


def _check_pattern(request: JsonDict) -> None:
    if request.get("EventPattern"):
        checked_pattern(request["EventPattern"])


def _shown(call: Call, row: Row) -> JsonDict:
    with call.read() as tx:
        held = list(archived.held(tx, row, call.now))
    size = sum(len(msgspec.json.encode(events.envelope(one))) for one in held)
    return {**row.document, "EventCount": len(held), "SizeBytes": size}


def archive_at(call: Call, arn: str) -> Row:
    """The archive of this ARN. Errors: ResourceNotFoundException."""
    row = ARCHIVE.find(call, arn) if arns.is_arn(arn) else None
    if row is None:
        raise AwsError("ResourceNotFoundException", f"Archive {arn} does not exist.")
    return row
