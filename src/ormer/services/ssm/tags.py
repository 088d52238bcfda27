"""Tags of parameters."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ssm import naming
from ormer.stores import tagging
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def add_tags_to_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace a parameter's tags. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html

    Errors: InvalidResourceType, InvalidResourceId.
    """
    pairs = unique_tags(request["Tags"])
    with call.write() as tx:
        tagging.put(tx, _own(call, request), pairs)
    return {}


def remove_tags_from_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a parameter. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html

    Errors: InvalidResourceType, InvalidResourceId.
    """
    with call.write() as tx:
        tagging.remove(tx, _own(call, request), request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a parameter's tags. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html

    Errors: InvalidResourceType, InvalidResourceId.
    """
    return {"TagList": tags_of(call, _own(call, request))}


def _own(call: Call, request: JsonDict) -> str:
    """The ARN of the parameter that a request is about."""
    if request["ResourceType"] != "Parameter":
        raise AwsError("InvalidResourceType", f"Only parameters have tags here, not {request['ResourceType']}.")
    row = naming.row_of(call, naming.whole(call, request["ResourceId"]))
    if row is None:
        raise AwsError("InvalidResourceId", f"There is no parameter {request['ResourceId']}.")
    return row.arn
