"""Tags of scalable targets."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.port import Call

JsonDict = dict[str, Any]
MOST_TAGS = 50


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace a target's tags. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html

    Errors: ResourceNotFoundException; TooManyTagsException beyond 50.
    """
    with call.write() as tx:
        arn = _own(call, request["ResourceARN"])
        tagging.put(tx, arn, [{"Key": key, "Value": value} for key, value in request["Tags"].items()])
        if len(tagging.of(tx, arn)) > MOST_TAGS:
            raise AwsError("TooManyTagsException", f"A scalable target may have {MOST_TAGS} tags at most.")
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a target. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, _own(call, request["ResourceARN"]), request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a target's tags. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html"""
    with call.read() as tx:
        return {"Tags": tagging.of(tx, _own(call, request["ResourceARN"]))}


def _own(call: Call, arn: str) -> str:
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or row.account != call.account or row.kind != "ScalableTarget":
        raise AwsError("ResourceNotFoundException", f"{arn} is not a scalable target of this account.")
    return row.arn
