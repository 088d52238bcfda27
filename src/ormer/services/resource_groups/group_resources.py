"""The resources of groups and of queries."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.resource_groups.groups import group_of
from ormer.services.resource_groups.queries import read
from ormer.stores import tagged
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 50


def list_group_resources(call: Call, request: JsonDict) -> JsonDict:
    """Page through a group's resources. https://docs.aws.amazon.com/ARG/latest/APIReference/API_ListGroupResources.html

    Errors: NotFoundException; BadRequestException for a filter other than resource-type.
    """
    rows = read(group_of(call, request).document["ResourceQuery"]).resources(call)
    for each in request.get("Filters", ()):
        if each["Name"] != "resource-type":
            raise AwsError("BadRequestException", f"There is no filter {each['Name']}: use resource-type.")
        rows = [row for row in rows if tagged.resource_type(row) in each["Values"]]
    found, more = _page(rows, request)
    return {"Resources": [{"Identifier": one} for one in found], "ResourceIdentifiers": found, **more}


def search_resources(call: Call, request: JsonDict) -> JsonDict:
    """Page through what a query finds. https://docs.aws.amazon.com/ARG/latest/APIReference/API_SearchResources.html

    Errors: BadRequestException for a query that cannot be read.
    """
    found, more = _page(read(request["ResourceQuery"]).resources(call), request)
    return {"ResourceIdentifiers": found, **more}


def _page(rows: list[Row], request: JsonDict) -> tuple[list[JsonDict], JsonDict]:
    page, following = page_of(rows, request.get("NextToken"), request.get("MaxResults") or PAGE)
    found = [{"ResourceArn": row.arn, "ResourceType": tagged.resource_type(row)} for row in page]
    return found, {"NextToken": following} if following else {}
