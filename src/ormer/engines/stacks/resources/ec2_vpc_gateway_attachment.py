"""AWS::EC2::VPCGatewayAttachment: an internet gateway at a VPC; Ref gives its kind and the VPC's id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE

JsonDict = dict[str, Any]
GATEWAY, VPC = "InternetGatewayId", "VpcId"
KIND = "IGW"


def _create(site: Site, properties: JsonDict) -> Made:
    _check(properties)
    site.make(SERVICE, "AttachInternetGateway", pick(properties, (GATEWAY, VPC)))
    return Made(f"{KIND}|{properties[VPC]}", {"AttachmentType": KIND})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _check(properties)
    if properties[GATEWAY] != held.properties[GATEWAY]:
        _delete(site, held)
        site.make(SERVICE, "AttachInternetGateway", pick(properties, (GATEWAY, VPC)))
    return Made(held.physical_id, held.attributes)


def _check(properties: JsonDict) -> None:
    if not properties.get(GATEWAY):
        raise Refused(f"ormer attaches internet gateways only: give {GATEWAY}, and leave VpnGatewayId out.")


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DetachInternetGateway", pick(held.properties, (GATEWAY, VPC)))


TYPE = ResourceType(
    "AWS::EC2::VPCGatewayAttachment",
    _create,
    _delete,
    words("VpnGatewayId", GATEWAY, VPC),
    _update,
    words(VPC),
    (VPC,),
    words("AttachmentType"),
    taggable=False,
)
