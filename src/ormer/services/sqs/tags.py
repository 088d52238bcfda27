"""Tags of queues."""

from __future__ import annotations

from typing import Any

from ormer.services.sqs.queues import get
from ormer.stores import tagging
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_queue(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace a queue's tags. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html"""
    pairs = [{"Key": key, "Value": value} for key, value in request["Tags"].items()]
    with call.write() as tx:
        tagging.put(tx, get(call, request["QueueUrl"]).arn, pairs)
    return {}


def untag_queue(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html"""
    with call.write() as tx:
        tagging.remove(tx, get(call, request["QueueUrl"]).arn, request["TagKeys"])
    return {}


def list_queue_tags(call: Call, request: JsonDict) -> JsonDict:
    """A queue's tags. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html"""
    row = get(call, request["QueueUrl"]).row
    with call.read() as tx:
        found = tagging.of(tx, row.arn)
    return {"Tags": found} if found else {}
