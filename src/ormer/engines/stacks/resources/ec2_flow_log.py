"""AWS::EC2::FlowLog: Ref gives its id; every change but that of its tags replaces it."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, tags

JsonDict = dict[str, Any]
FIXED = (
    "DeliverCrossAccountRole DeliverLogsPermissionArn DestinationOptions LogDestination LogDestinationType LogFormat "
    "LogGroupName MaxAggregationInterval ResourceId ResourceType TrafficType"
)


def _create(site: Site, properties: JsonDict) -> Made:
    request = {**without(properties, "ResourceId"), "ResourceIds": [properties["ResourceId"]]}
    made = site.make(SERVICE, "CreateFlowLogs", request, **tags(site, "vpc-flow-log"))["FlowLogIds"]
    if not made:
        raise Refused(f"No flow log was made of {properties['ResourceId']}.")
    return Made(made[0], {"Id": made[0]}, arn_of(site, "vpc-flow-log", made[0]))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = ResourceType(
    "AWS::EC2::FlowLog",
    _create,
    deleting("DeleteFlowLogs", "FlowLogIds", many=True),
    words(FIXED),
    _update,
    words(FIXED),
    ("ResourceType", "ResourceId"),
    words("Id"),
)
