"""Scaling activities: what was done, and why."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.application_autoscaling.scalable_targets import PAGE, check_namespace
from ormer.stores.nouns import decode_token, encode_token
from ormer.stores.port import Call
from ormer.stores.scaling import activities
from ormer.stores.scaling.tables import scaling_activities

JsonDict = dict[str, Any]


def describe_scaling_activities(call: Call, request: JsonDict) -> JsonDict:
    """Page through activities, the newest first. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html

    Differs: activities that did not scale are not recorded.
    """
    check_namespace(request)
    c = scaling_activities.c
    where = [c.account == call.account, c.region == call.region]
    for member, column in (("ResourceId", c.resource_id), ("ScalableDimension", c.dimension)):
        if member in request:
            where.append(column == request[member])
    limit = int(request.get("MaxResults", PAGE))
    with call.read() as tx:
        found = activities.page(tx, *where, before=_before(request), limit=limit + 1)
    more = {"NextToken": encode_token(found[limit - 1]["number"])} if len(found) > limit else {}
    shown = [{**row["document"], "StatusCode": row["status"]} for row in found[:limit]]
    return {"ScalingActivities": shown, **more}


def _before(request: JsonDict) -> int | None:
    if not request.get("NextToken"):
        return None
    try:
        return decode_token(request["NextToken"])
    except AwsError as error:
        raise AwsError("InvalidNextTokenException", error.message) from None
