"""What a group's query asks for.

https://docs.aws.amazon.com/ARG/latest/userguide/gettingstarted-query.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ormer.aws.errors import AwsError
from ormer.stores import tagged
from ormer.stores.port import Call
from ormer.stores.resources import Row

BY_TAGS = "TAG_FILTERS_1_0"
ALL_TYPES = "AWS::AllSupported"


@dataclass(frozen=True)
class Query:
    """Types of resources, all of them when there are none, and tags that a resource bears."""

    types: tuple[str, ...]
    filters: tuple[tagged.Filter, ...]

    def resources(self, call: Call) -> list[Row]:
        """What the query finds for a caller, by ARN."""
        with call.read() as tx:
            rows = tagged.find(tx, call.account, call.region, self.filters)
        return [row for row in rows if not self.types or tagged.resource_type(row) in self.types]


def read(query: Mapping[str, str]) -> Query:
    """A ResourceQuery. Raises BadRequestException with what is wrong in it."""
    if query["Type"] != BY_TAGS:
        raise AwsError("BadRequestException", f"Queries of type {query['Type']} are not kept here: use {BY_TAGS}.")
    try:
        told = json.loads(query["Query"])
        types = tuple(str(each) for each in told["ResourceTypeFilters"])
        filters = tuple((str(each["Key"]), tuple(map(str, each.get("Values", ())))) for each in told["TagFilters"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AwsError(
            "BadRequestException",
            'Query not valid: write JSON such as {"ResourceTypeFilters": ["AWS::AllSupported"], '
            '"TagFilters": [{"Key": "team", "Values": ["growth"]}]}.',
        ) from None
    return Query(() if ALL_TYPES in types else types, filters)
