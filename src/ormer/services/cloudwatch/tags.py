"""Tags of alarms."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace an alarm's tags. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html"""
    pairs = unique_tags(request["Tags"])
    with call.write() as tx:
        tagging.put(tx, _own(call, request["ResourceARN"]), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of an alarm. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, _own(call, request["ResourceARN"]), request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List an alarm's tags. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html"""
    return {"Tags": tags_of(call, _own(call, request["ResourceARN"]))}


def _own(call: Call, arn: str) -> str:
    """The ARN of a resource of CloudWatch's in this account; ResourceNotFoundException otherwise."""
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or row.account != call.account or row.service != "cloudwatch":
        raise AwsError("ResourceNotFoundException", f"{arn} is not an alarm of this account.", 404)
    return row.arn
