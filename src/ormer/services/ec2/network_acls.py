"""Network ACLs: each VPC's default one. It is in force for the VPC's subnets, and asked by nobody here."""

from __future__ import annotations

from typing import Any

from ormer.services.ec2.default_networks import stand
from ormer.services.ec2.kinds import with_tags
from ormer.services.ec2.nouns import NETWORK_ACL, SUBNET
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def describe_network_acls(call: Call, request: JsonDict) -> JsonDict:
    """List network ACLs. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html

    Errors: InvalidNetworkAclID.NotFound, InvalidParameterValue.
    """
    stand(call)
    return NETWORK_ACL.listed(call, request, "NetworkAcls", _shown)


def _shown(call: Call, row: Row) -> JsonDict:
    associations = [
        {
            "NetworkAclAssociationId": f"aclassoc-{subnet.name.partition('-')[2]}",
            "NetworkAclId": row.name,
            "SubnetId": subnet.name,
        }
        for subnet in SUBNET.rows(call, row.parent)
    ]
    return {**with_tags(call, row), "Associations": associations}
