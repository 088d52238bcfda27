"""AWS::EC2::SubnetRouteTableAssociation: Ref gives the association's id; every change replaces it."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    subnet, table = text_of(properties["SubnetId"]), text_of(properties["RouteTableId"])
    older = _standing(site, subnet)
    if older:
        # The association that this one replaces is deleted afterwards, and then is not there any more.
        asked = {"AssociationId": older, "RouteTableId": table}
        made = site.call(SERVICE, "ReplaceRouteTableAssociation", asked)["NewAssociationId"]
    else:
        made = site.call(SERVICE, "AssociateRouteTable", {"SubnetId": subnet, "RouteTableId": table})["AssociationId"]
    return Made(made, {"Id": made})


def _standing(site: Site, subnet: str) -> str:
    """The association that is in force for a subnet, "" where its VPC's main table is."""
    where = [{"Name": "association.subnet-id", "Values": [subnet]}]
    for table in site.call(SERVICE, "DescribeRouteTables", {"Filters": where})["RouteTables"]:
        for one in table["Associations"]:
            if one.get("SubnetId") == subnet:
                return str(one["RouteTableAssociationId"])
    return ""


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DisassociateRouteTable", {"AssociationId": held.physical_id})


TYPE = ResourceType(
    "AWS::EC2::SubnetRouteTableAssociation",
    _create,
    _delete,
    words("RouteTableId SubnetId"),
    None,
    required=("RouteTableId", "SubnetId"),
    attributes=words("Id"),
    taggable=False,
)
