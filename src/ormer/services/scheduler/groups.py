"""Schedule groups: schedules by name, deleted together."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.scheduler.pages import page_of, rows_of
from ormer.stores import resources, tagging
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
DEFAULT_GROUP = "default"

GROUP = Noun(
    "ScheduleGroup",
    name="Name",
    arn="schedule-group/{name}",
    service="scheduler",
    arn_member="Arn",
    missing=("ResourceNotFoundException", "Schedule group {name} does not exist."),
    taken=("ConflictException", "Schedule group {name} already exists."),
)


def create_schedule_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a group. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html"""
    if request["Name"] == DEFAULT_GROUP:
        raise AwsError("ConflictException", f"Schedule group {DEFAULT_GROUP} already exists.")
    row = GROUP.create(call, request, document={"State": "ACTIVE"}, event=False)
    return {"ScheduleGroupArn": row.arn}


def get_schedule_group(call: Call, request: JsonDict) -> JsonDict:
    """Answer a group; the default one is always there. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html"""
    return _shown(group_of(call, request["Name"]))


def list_schedule_groups(call: Call, request: JsonDict) -> JsonDict:
    """Page through groups by name. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html"""
    group_of(call, DEFAULT_GROUP)
    found, more = page_of(rows_of(call, GROUP, request), request)
    return {"ScheduleGroups": [_shown(row) for row in found], **more}


def delete_schedule_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete a group with all its schedules. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html

    Errors: ResourceNotFoundException; ValidationException for the default group.
    """
    if request["Name"] == DEFAULT_GROUP:
        raise AwsError("ValidationException", "The default schedule group cannot be deleted.")
    with call.write() as tx:
        row = GROUP.get(call, request["Name"])
        c = table.c
        inside = (c.account == call.account, c.region == call.region, c.service == "scheduler", c.kind == "Schedule")
        for schedule in resources.select(tx, *inside, c.parent == row.name):
            resources.delete(tx, schedule.arn)
        GROUP.remove(call, row)
    return {}


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a group. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html"""
    with call.write() as tx:
        tagging.put(tx, _tagged(call, request).arn, request["Tags"])
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a group. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, _tagged(call, request).arn, request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a group's tags. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html"""
    return {"Tags": tags_of(call, _tagged(call, request).arn)}


def group_of(call: Call, name: str) -> Row:
    """The group's row; the default one gets its own when it is first asked for. Errors: ResourceNotFoundException."""
    row = GROUP.find(call, name)
    if row is None and name == DEFAULT_GROUP:
        with call.write():
            row = GROUP.find(call, name) or GROUP.create(
                call, {"Name": name}, document={"State": "ACTIVE"}, event=False
            )
    if row is None:
        raise GROUP.not_found(call, name)
    return row


def _tagged(call: Call, request: JsonDict) -> Row:
    group_of(call, DEFAULT_GROUP)
    row = GROUP.find(call, request["ResourceArn"])
    if row is None:
        raise AwsError("ResourceNotFoundException", f"{request['ResourceArn']} does not exist.")
    return row


def _shown(row: Row) -> JsonDict:
    return {**row.document, "CreationDate": row.created, "LastModificationDate": row.modified}
