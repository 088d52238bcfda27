"""Tags of functions."""

from __future__ import annotations

from typing import Any

from ormer.services.lambda_functions import naming
from ormer.stores import tagging
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags. https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html

    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        pairs = [{"Key": key, "Value": value} for key, value in request["Tags"].items()]
        tagging.put(tx, _arn(call, request), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html

    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        tagging.remove(tx, _arn(call, request), request["TagKeys"])
    return {}


def list_tags(call: Call, request: JsonDict) -> JsonDict:
    """A function's tags. https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html

    Errors: ResourceNotFoundException.
    """
    arn = _arn(call, request)
    with call.read() as tx:
        return {"Tags": tagging.of(tx, arn)}


def _arn(call: Call, request: JsonDict) -> str:
    return naming.function(call, {"FunctionName": request["Resource"]}).arn
