"""Tags of state machines and activities."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.port import Call
from ormer.stores.state_machines import machines

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add tags. https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html

    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        pairs = [{"Key": pair["key"], "Value": pair["value"]} for pair in request["tags"]]
        tagging.put(tx, _arn(call, request), pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags. https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html

    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        tagging.remove(tx, _arn(call, request), request["tagKeys"])
    return {}


def list_tags_for_resource(call: Call, request: JsonDict) -> JsonDict:
    """A state machine's or an activity's tags.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html
    Errors: ResourceNotFound.
    """
    arn = _arn(call, request)
    with call.read() as tx:
        return {"tags": [{"key": pair["Key"], "value": pair["Value"]} for pair in tagging.listed(tx, arn)]}


def _arn(call: Call, request: JsonDict) -> str:
    with call.read() as tx:
        row = resources.get(tx, request["resourceArn"])
    kinds = (machines.MACHINE, machines.ACTIVITY)
    if row is None or row.kind not in kinds or row.account != call.account:
        raise AwsError("ResourceNotFound", f"Resource not found: '{request['resourceArn']}'")
    return row.arn
