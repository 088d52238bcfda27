"""AWS::EC2::NatGateway: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, tags

JsonDict = dict[str, Any]
ID = "NatGatewayId"
MADE_WITH = ("AllocationId", "ConnectivityType", "PrivateIpAddress", "SubnetId", "VpcId")


def _create(site: Site, properties: JsonDict) -> Made:
    request = pick(properties, MADE_WITH)
    more = {**tags(site, "natgateway"), "ClientToken": site.token()}
    made = site.make(SERVICE, "CreateNatGateway", request, **more)["NatGateway"][ID]
    return Made(made, {ID: made}, arn_of(site, "natgateway", made))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = ResourceType(
    "AWS::EC2::NatGateway",
    _create,
    deleting("DeleteNatGateway", ID),
    words("MaxDrainDurationSeconds", *MADE_WITH),
    _update,
    words(*MADE_WITH),
    attributes=words(ID),
)
