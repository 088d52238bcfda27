"""AWS::EC2::SecurityGroup, with rules written into it: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE, arn_of, deleting, first, switched, tags
from ormer.engines.stacks.resources.ec2_security_rules import EGRESS, INGRESS, authorise, revoke

JsonDict = dict[str, Any]
NAME, DESCRIPTION = "GroupName", "GroupDescription"
NAME_LENGTH_MAX = 255
# What a group lets out unless its template says what.
OPEN = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]


def _create(site: Site, properties: JsonDict) -> Made:
    request = {
        NAME: text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX)),
        "Description": text_of(properties[DESCRIPTION]),
        **({"VpcId": properties["VpcId"]} if properties.get("VpcId") else {}),
    }
    group = site.make(SERVICE, "CreateSecurityGroup", request, **tags(site, "security-group"))["GroupId"]
    _bring(site, group, {}, properties)
    vpc = first(site.call(SERVICE, "DescribeSecurityGroups", {"GroupIds": [group]}), "SecurityGroups")["VpcId"]
    return Made(group, {"GroupId": group, "Id": group, "VpcId": vpc}, arn_of(site, "security-group", group))


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _bring(site, held.physical_id, held.properties, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _bring(site: Site, group: str, before: JsonDict, after: JsonDict) -> None:
    """Make the rules those of the template."""
    for direction, otherwise in ((EGRESS, OPEN), (INGRESS, [])):
        name = f"SecurityGroup{direction}"
        added, gone = switched(before.get(name) or otherwise, after.get(name) or otherwise)
        for rule in gone:
            revoke(site, group, direction, rule)
        for rule in added:
            authorise(site, group, direction, rule)


TYPE = ResourceType(
    "AWS::EC2::SecurityGroup",
    _create,
    deleting("DeleteSecurityGroup", "GroupId"),
    words("SecurityGroupEgress SecurityGroupIngress VpcId", NAME, DESCRIPTION),
    _update,
    words("VpcId", NAME, DESCRIPTION),
    (DESCRIPTION,),
    words("GroupId Id VpcId"),
    NAME,
)
