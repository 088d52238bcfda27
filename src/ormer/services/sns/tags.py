"""Tags of topics."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sns.topics import TOPIC
from ormer.stores import tagging
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace a topic's tags. https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html"""
    pairs = unique_tags(request["Tags"])
    with call.write() as tx:
        tagging.put(tx, _own(call, request["ResourceArn"]), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a topic. https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, _own(call, request["ResourceArn"]), request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a topic's tags. https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html"""
    return {"Tags": tags_of(call, _own(call, request["ResourceArn"]))}


def _own(call: Call, arn: str) -> str:
    row = TOPIC.find(call, arn)
    if row is None:
        raise AwsError("ResourceNotFound", "Resource does not exist", 404)
    return row.arn
