"""Tags of rules and event buses."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.events.buses import EVENT_BUS
from ormer.stores import resources, tagging
from ormer.stores.events import DEFAULT_BUS
from ormer.stores.nouns import tags_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a rule or bus. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html"""
    with call.write() as tx:
        tagging.put(tx, _known(call, request["ResourceARN"]), request["Tags"])
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, _known(call, request["ResourceARN"]), request["TagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a rule's or bus's tags. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html"""
    return {"Tags": tags_of(call, _known(call, request["ResourceARN"]))}


def _known(call: Call, arn: str) -> str:
    if not arns.is_arn(arn):
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. Reason: Provided Arn is not valid.")
    parts = arns.parse(arn)
    if arn == EVENT_BUS.arn_of(call, DEFAULT_BUS):
        return arn
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or (row.account, row.service) != (call.account, "events"):
        raise AwsError("ResourceNotFoundException", f"{parts.resource} does not exist.")
    return row.arn
