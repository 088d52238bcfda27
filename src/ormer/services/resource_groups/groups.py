"""Groups: a name and a query for the resources that belong to it.

https://docs.aws.amazon.com/ARG/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.resource_groups.queries import read
from ormer.stores import tagging
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
GROUP = Noun(
    "Group",
    name="Name",
    arn="group/{name}",
    service="resource-groups",
    missing=("NotFoundException", "Cannot find group {name}: list_groups shows those there are."),
    taken=("BadRequestException", "Cannot create group: group already exists: {name}"),
    page=50,
)
WORDS = ("Description", "Criticality", "Owner", "DisplayName")


def create_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a group of what a query finds. https://docs.aws.amazon.com/ARG/latest/APIReference/API_CreateGroup.html

    Errors: BadRequestException for a name that is taken, a query that cannot be read, and groups by Configuration.
    """
    if "ResourceQuery" not in request:
        raise AwsError("BadRequestException", "Give a ResourceQuery: groups by Configuration are not kept here.")
    read(request["ResourceQuery"])
    tags = [{"Key": key, "Value": value} for key, value in request.get("Tags", {}).items()]
    row = GROUP.create(call, {**request, "Tags": tags})
    return {"Group": _shown(row), "ResourceQuery": row.document["ResourceQuery"], "Tags": request.get("Tags", {})}


def get_group(call: Call, request: JsonDict) -> JsonDict:
    """Answer a group. https://docs.aws.amazon.com/ARG/latest/APIReference/API_GetGroup.html

    Errors: NotFoundException.
    """
    return {"Group": _shown(group_of(call, request))}


def get_group_query(call: Call, request: JsonDict) -> JsonDict:
    """Answer a group's query. https://docs.aws.amazon.com/ARG/latest/APIReference/API_GetGroupQuery.html

    Errors: NotFoundException.
    """
    return _with_query(group_of(call, request))


def update_group(call: Call, request: JsonDict) -> JsonDict:
    """Change a group's description. https://docs.aws.amazon.com/ARG/latest/APIReference/API_UpdateGroup.html

    Errors: NotFoundException.
    """
    with call.write():
        change = {word: request[word] for word in WORDS if word in request}
        return {"Group": _shown(GROUP.save(call, group_of(call, request), change))}


def update_group_query(call: Call, request: JsonDict) -> JsonDict:
    """Give a group another query. https://docs.aws.amazon.com/ARG/latest/APIReference/API_UpdateGroupQuery.html

    Errors: NotFoundException; BadRequestException for a query that cannot be read.
    """
    read(request["ResourceQuery"])
    with call.write():
        return _with_query(GROUP.save(call, group_of(call, request), {"ResourceQuery": request["ResourceQuery"]}))


def delete_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete a group, not its resources. https://docs.aws.amazon.com/ARG/latest/APIReference/API_DeleteGroup.html

    Errors: NotFoundException.
    """
    with call.write():
        row = group_of(call, request)
        GROUP.remove(call, row)
    return {"Group": _shown(row)}


def list_groups(call: Call, request: JsonDict) -> JsonDict:
    """Page through groups. https://docs.aws.amazon.com/ARG/latest/APIReference/API_ListGroups.html

    The filter resource-type leaves groups whose query names one of these types.
    """
    wanted = [each["Values"] for each in request.get("Filters", ()) if each["Name"] == "resource-type"]
    rows, more = GROUP.rows(call, {"MaxResults": GROUP.page, **request})
    shown = [_shown(row) for row in rows if all(set(types) & set(_types(row)) for types in wanted)]
    identifiers = [{"GroupName": one["Name"], "GroupArn": one["GroupArn"]} for one in shown]
    return {"GroupIdentifiers": identifiers, "Groups": shown, **more}


def get_tags(call: Call, request: JsonDict) -> JsonDict:
    """Answer a group's tags. https://docs.aws.amazon.com/ARG/latest/APIReference/API_GetTags.html

    Errors: NotFoundException.
    """
    row = GROUP.get(call, request["Arn"])
    return {"Arn": row.arn, "Tags": {tag["Key"]: tag["Value"] for tag in tags_of(call, row.arn)}}


def tag(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a group. https://docs.aws.amazon.com/ARG/latest/APIReference/API_Tag.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row = GROUP.get(call, request["Arn"])
        tagging.put(tx, row.arn, [{"Key": key, "Value": value} for key, value in request["Tags"].items()])
    return {"Arn": row.arn, "Tags": request["Tags"]}


def untag(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags from a group. https://docs.aws.amazon.com/ARG/latest/APIReference/API_Untag.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row = GROUP.get(call, request["Arn"])
        tagging.remove(tx, row.arn, request["Keys"])
    return {"Arn": row.arn, "Keys": request["Keys"]}


def group_of(call: Call, request: JsonDict) -> Row:
    """The group that a request names in either of two ways. Raises NotFoundException and BadRequestException."""
    name = request.get("Group") or request.get("GroupName")
    if not name:
        raise AwsError("BadRequestException", "Give the group's name or ARN as Group.")
    return GROUP.get(call, name)


def _shown(row: Row) -> JsonDict:
    return {name: row.document[name] for name in ("GroupArn", "Name", *WORDS) if name in row.document}


def _with_query(row: Row) -> JsonDict:
    return {"GroupQuery": {"GroupName": row.name, "ResourceQuery": row.document["ResourceQuery"]}}


def _types(row: Row) -> list[str]:
    return list(read(row.document["ResourceQuery"]).types)
