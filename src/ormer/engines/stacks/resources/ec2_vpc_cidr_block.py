"""AWS::EC2::VPCCidrBlock: Ref gives the association's id; every change replaces it."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.make(SERVICE, "AssociateVpcCidrBlock", properties)["CidrBlockAssociation"]["AssociationId"]
    return Made(made, {"Id": made})


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DisassociateVpcCidrBlock", {"AssociationId": held.physical_id})


TYPE = ResourceType(
    "AWS::EC2::VPCCidrBlock",
    _create,
    _delete,
    words("CidrBlock VpcId"),
    None,
    required=("VpcId",),
    attributes=words("Id"),
    taggable=False,
)
