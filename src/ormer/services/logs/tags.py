"""Tags of log groups, by the new operations (on ARNs) and the old ones (on names)."""

from __future__ import annotations

from typing import Any

from ormer.services.logs.groups import LOG_GROUP
from ormer.stores import tagging
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a group. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html"""
    _tag(call, _of_arn(call, request["resourceArn"]), request["tags"])
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a group. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html"""
    row = _of_arn(call, request["resourceArn"])
    with call.write() as tx:
        tagging.remove(tx, row.arn, request["tagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a group's tags. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html"""
    row = _of_arn(call, request["resourceArn"])
    with call.read() as tx:
        return {"tags": tagging.of(tx, row.arn)}


def tag_log_group(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a group, by name. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html"""
    _tag(call, LOG_GROUP.get(call, request["logGroupName"]), request["tags"])
    return {}


def list_tags_log_group(call: Call, request: JsonDict) -> JsonDict:
    """List a group's tags, by name. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html"""
    row = LOG_GROUP.get(call, request["logGroupName"])
    with call.read() as tx:
        return {"tags": tagging.of(tx, row.arn)}


def _of_arn(call: Call, arn: str) -> Row:
    return LOG_GROUP.get(call, arn.removesuffix(":*"))


def _tag(call: Call, row: Row, pairs: dict[str, str]) -> None:
    with call.write() as tx:
        tagging.put(tx, row.arn, [{"Key": key, "Value": value} for key, value in pairs.items()])
