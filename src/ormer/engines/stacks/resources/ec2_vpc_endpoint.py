"""AWS::EC2::VPCEndpoint: Ref gives its id."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.clock import iso
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, switched, tags

JsonDict = dict[str, Any]
ID, POLICY = "VpcEndpointId", "PolicyDocument"
FIXED = ("ServiceName", "VpcEndpointType", "VpcId")
LISTS = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")


def _create(site: Site, properties: JsonDict) -> Made:
    more = {**tags(site, "vpc-endpoint"), "ClientToken": site.token()}
    made = site.make(SERVICE, "CreateVpcEndpoint", _request(properties), **more)["VpcEndpoint"]
    attributes = {
        "CreationTimestamp": iso(made["CreationTimestamp"]),
        "DnsEntries": [],
        "Id": made[ID],
        "NetworkInterfaceIds": [],
    }
    return Made(made[ID], attributes, arn_of(site, "vpc-endpoint", made[ID]))


def _request(properties: JsonDict) -> JsonDict:
    policy = properties.get(POLICY)
    return {**properties, POLICY: json.dumps(policy)} if isinstance(policy, dict) else properties


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change: JsonDict = {name: properties[name] for name in ("PrivateDnsEnabled",) if name in properties}
    if POLICY in properties:
        change[POLICY] = _request(properties)[POLICY]
    elif POLICY in held.properties:
        change["ResetPolicy"] = True
    for name in LISTS:
        added, gone = switched(held.properties.get(name), properties.get(name))
        change |= {f"{verb}{name}": some for verb, some in (("Add", added), ("Remove", gone)) if some}
    site.make(SERVICE, "ModifyVpcEndpoint", {ID: held.physical_id, **change})
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = ResourceType(
    "AWS::EC2::VPCEndpoint",
    _create,
    deleting("DeleteVpcEndpoints", f"{ID}s", many=True),
    words("PrivateDnsEnabled", POLICY, *FIXED, *LISTS),
    _update,
    words(*FIXED),
    ("VpcId",),
    words("CreationTimestamp DnsEntries Id NetworkInterfaceIds"),
)
