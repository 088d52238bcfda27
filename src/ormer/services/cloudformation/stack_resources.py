"""A stack's resources: logical and physical ids and how far they are."""

from __future__ import annotations

import json
from typing import Any

from ormer.services.cloudformation import pages, stacks
from ormer.services.cloudformation.refusals import invalid
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.stacks import members
from ormer.stores.stacks import stacks as rows
from ormer.stores.stacks.members import Member

JsonDict = dict[str, Any]
DRIFT = {"DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}}


def describe_stack_resources(call: Call, request: JsonDict) -> JsonDict:
    """Answer a stack's resources, or those of the stack that a physical resource belongs to.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
    Errors: ValidationError when there is no such stack or resource.
    """
    row = _stack(call, request)
    wanted = request.get("LogicalResourceId")
    found = [one for one in _members(call, row) if wanted in (None, one.logical_id)]
    if wanted and not found:
        raise _no_resource(row, wanted)
    return {"StackResources": [{**_ids(row), **_shown(one), "Timestamp": one.modified} for one in found]}


def describe_stack_resource(call: Call, request: JsonDict) -> JsonDict:
    """Answer one resource of a stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html
    Errors: ValidationError when there is no such stack or resource.
    """
    row = stacks.get(call, request["StackName"])
    wanted = request["LogicalResourceId"]
    one = next((one for one in _members(call, row) if one.logical_id == wanted), None)
    if one is None:
        raise _no_resource(row, wanted)
    metadata = json.dumps(one.declared.get("metadata") or {})
    detail = {**_ids(row), **_shown(one), "LastUpdatedTimestamp": one.modified, "Metadata": metadata}
    return {"StackResourceDetail": detail}


def list_stack_resources(call: Call, request: JsonDict) -> JsonDict:
    """Page through a stack's resources.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
    Errors: ValidationError when there is no such stack.
    """
    row = stacks.get(call, request["StackName"])
    found, more = pages.sliced(_members(call, row), request)
    summaries = [{**_shown(one), "LastUpdatedTimestamp": one.modified} for one in found]
    return {"StackResourceSummaries": summaries, **more}


def _stack(call: Call, request: JsonDict) -> Row:
    if request.get("StackName"):
        return stacks.get(call, request["StackName"])
    physical = request.get("PhysicalResourceId")
    if not physical:
        raise invalid("Either StackName or PhysicalResourceId must be specified")
    with call.read() as tx:
        holders = [one for one in members.with_physical_id(tx, physical) if one.status != "DELETE_COMPLETE"]
        found = [rows.find(tx, call.account, call.region, one.stack_arn) for one in holders]
    held = next((row for row in found if row is not None), None)
    if held is None:
        raise invalid(f"Stack for {physical} does not exist")
    return held


def _members(call: Call, row: Row) -> list[Member]:
    with call.read() as tx:
        return sorted(members.shown(members.of(tx, row.arn)), key=lambda one: one.logical_id)


def _no_resource(row: Row, wanted: str) -> Exception:
    return invalid(f"Resource {wanted} does not exist for stack {row.document['StackName']}")


def _ids(row: Row) -> JsonDict:
    return {"StackName": row.document["StackName"], "StackId": row.arn}


def _shown(one: Member) -> JsonDict:
    shown = {
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.type,
        "ResourceStatus": one.status,
        **DRIFT,
    }
    return shown | ({"ResourceStatusReason": one.reason} if one.reason else {})
