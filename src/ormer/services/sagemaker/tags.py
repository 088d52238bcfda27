"""Tags of SageMaker's resources."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.nouns import page_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]
MOST_TAGS = 50
PAGE = 50


def add_tags(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace tags. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html

    Errors: ResourceNotFound; ResourceLimitExceeded beyond 50 tags.
    """
    arn = request["ResourceArn"]
    with call.write() as tx:
        _own(call, arn)
        tagging.put(tx, arn, request["Tags"])
        now = tagging.listed(tx, arn)
        if len(now) > MOST_TAGS:
            raise AwsError("ResourceLimitExceeded", f"A resource may have {MOST_TAGS} tags at most; remove some first.")
    return {"Tags": now}


def list_tags(call: Call, request: JsonDict) -> JsonDict:
    """Page through a resource's tags. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTags.html"""
    _own(call, request["ResourceArn"])
    with call.read() as tx:
        found = tagging.listed(tx, request["ResourceArn"])
    page, following = page_of(found, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    return {"Tags": page, **({"NextToken": following} if following else {})}


def delete_tags(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTags.html"""
    with call.write() as tx:
        _own(call, request["ResourceArn"])
        tagging.remove(tx, request["ResourceArn"], request["TagKeys"])
    return {}


def _own(call: Call, arn: str) -> None:
    with call.read() as tx:
        row = resources.get(tx, arn)
    if row is None or row.account != call.account:
        raise AwsError("ResourceNotFound", f"Resource {arn} does not exist.")
