"""Resources with their tags, and the tags there are.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import tagged, tagging
from ormer.stores.nouns import page_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]
PAGE = 100


def get_resources(call: Call, request: JsonDict) -> JsonDict:
    """Page through tagged resources. https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    Errors: InvalidParameterException when a list of ARNs stands beside other filters.
    """
    arns, types = request.get("ResourceARNList", ()), request.get("ResourceTypeFilters", ())
    filters = [(each["Key"], each.get("Values", ())) for each in request.get("TagFilters", ())]
    if arns and (types or filters):
        raise AwsError("InvalidParameterException", "Give either a ResourceARNList, or filters by tags and types.")
    with call.read() as tx:
        rows = tagged.find(tx, call.account, call.region, filters, arns)
        rows = [row for row in rows if not types or any(tagged.is_of_type(row, each) for each in types)]
        page, following = page_of(rows, request.get("PaginationToken"), request.get("ResourcesPerPage") or PAGE)
        found = [{"ResourceARN": row.arn, "Tags": tagging.listed(tx, row.arn)} for row in page]
    return {"ResourceTagMappingList": found, "PaginationToken": following}


def get_tag_keys(call: Call, request: JsonDict) -> JsonDict:
    """Page through tag keys. https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetTagKeys.html"""
    with call.read() as tx:
        found = tagged.keys(tx, call.account, call.region)
    page, following = page_of(found, request.get("PaginationToken"), PAGE)
    return {"TagKeys": page, "PaginationToken": following}


def get_tag_values(call: Call, request: JsonDict) -> JsonDict:
    """Page through a key's values. https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetTagValues.html"""
    with call.read() as tx:
        found = tagged.values(tx, call.account, call.region, request["Key"])
    page, following = page_of(found, request.get("PaginationToken"), PAGE)
    return {"TagValues": page, "PaginationToken": following}
