"""AWS::EC2::EIP: Ref gives the address."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, tags

JsonDict = dict[str, Any]
ID, ADDRESS = "AllocationId", "PublicIp"


def _create(site: Site, properties: JsonDict) -> Made:
    _check(properties)
    given = pick(properties, ("Domain", "NetworkBorderGroup"))
    made = site.make(SERVICE, "AllocateAddress", given, **tags(site, "elastic-ip"))
    return Made(made[ADDRESS], {ID: made[ID], ADDRESS: made[ADDRESS]}, arn_of(site, "elastic-ip", made[ID]))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _check(properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _check(properties: JsonDict) -> None:
    if properties.get("InstanceId"):
        raise Refused("ormer has no instances to give an address to: leave InstanceId out.")


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "ReleaseAddress", {ID: held.attributes[ID]})


TYPE = ResourceType(
    "AWS::EC2::EIP",
    _create,
    _delete,
    words("Domain InstanceId NetworkBorderGroup"),
    _update,
    words("NetworkBorderGroup"),
    attributes=words(ID, ADDRESS),
)
