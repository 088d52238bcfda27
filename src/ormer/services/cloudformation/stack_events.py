"""What happened to a stack and its resources, newest first."""

from __future__ import annotations

from typing import Any

from ormer.services.cloudformation import pages, stacks
from ormer.stores.nouns import encode_place
from ormer.stores.port import Call
from ormer.stores.stacks import journal

JsonDict = dict[str, Any]


def describe_stack_events(call: Call, request: JsonDict) -> JsonDict:
    """Page through a stack's events, the newest first; a deleted stack's by its id.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
    Errors: ValidationError when there is no such stack.
    """
    row = stacks.get(call, request["StackName"])
    before = int(pages.place(request["NextToken"])[0]) if request.get("NextToken") else None
    with call.read() as tx:
        found = journal.newest_first(tx, row.arn, before, pages.PAGE + 1)
    page = found[: pages.PAGE]
    more = {"NextToken": encode_place(page[-1]["id"], row.arn)} if len(found) > pages.PAGE else {}
    return {"StackEvents": [_shown(row.document["StackName"], event) for event in page], **more}


def _shown(stack_name: str, event: JsonDict) -> JsonDict:
    shown = {
        "StackId": event["stack_arn"],
        "EventId": event["event_id"],
        "StackName": stack_name,
        "LogicalResourceId": event["logical_id"],
        "PhysicalResourceId": event["physical_id"],
        "ResourceType": event["type"],
        "Timestamp": event["time"],
        "ResourceStatus": event["status"],
    }
    extra = {"ResourceStatusReason": event["reason"], "ClientRequestToken": event["token"]}
    return shown | {name: value for name, value in extra.items() if value}
