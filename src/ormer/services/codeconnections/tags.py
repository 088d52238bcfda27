"""Tags of connections."""

from __future__ import annotations

from typing import Any

from ormer.services.codeconnections.connections import connection_of
from ormer.stores import tagging
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_TagResource.html"""
    tags = unique_tags(request["Tags"])
    with call.write() as tx:
        tagging.put(tx, connection_of(call, request["ResourceArn"]).arn, tags)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, connection_of(call, request["ResourceArn"]).arn, request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List tags. https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_ListTagsForResource.html"""
    return {"Tags": tags_of(call, connection_of(call, request["ResourceArn"]).arn)}
