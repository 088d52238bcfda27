"""Tags of delivery pipelines."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.codepipeline.pipelines import PIPELINE
from ormer.stores import resources, tagging
from ormer.stores.nouns import tags_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a delivery pipeline. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_TagResource.html

    Errors: InvalidArnException, ResourceNotFoundException.
    """
    pairs = [{"Key": one["key"], "Value": one["value"]} for one in request["tags"]]
    with call.write() as tx:
        tagging.put(tx, _known(call, request["resourceArn"]), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UntagResource.html

    Errors: InvalidArnException, ResourceNotFoundException.
    """
    with call.write() as tx:
        tagging.remove(tx, _known(call, request["resourceArn"]), request["tagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """List a delivery pipeline's tags. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListTagsForResource.html

    Errors: InvalidArnException, ResourceNotFoundException.
    """
    found = tags_of(call, _known(call, request["resourceArn"]))
    return {"tags": [{"key": one["Key"], "value": one["Value"]} for one in found]}


def _known(call: Call, arn: str) -> str:
    if not arns.is_arn(arn):
        raise AwsError("InvalidArnException", f"{arn} is not an ARN.")
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or (row.account, row.kind) != (call.account, PIPELINE.kind):
        raise AwsError("ResourceNotFoundException", f"There is no pipeline {arn}.")
    return row.arn
