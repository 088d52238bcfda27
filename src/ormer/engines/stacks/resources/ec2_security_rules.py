"""Rules of security groups as templates write them, as permissions of EC2's."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import SERVICE

JsonDict = dict[str, Any]
INGRESS, EGRESS = "Ingress", "Egress"
ENDS = {INGRESS: "Source", EGRESS: "Destination"}


def permission(rule: JsonDict, direction: str) -> JsonDict:
    """A rule as a permission of one source. Raises Refused for one without."""
    end = ENDS[direction]
    described = {"Description": text_of(rule["Description"])} if rule.get("Description") else {}
    made: JsonDict = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
    if rule.get("CidrIp"):
        return {**made, "IpRanges": [{"CidrIp": rule["CidrIp"], **described}]}
    if rule.get("CidrIpv6"):
        return {**made, "Ipv6Ranges": [{"CidrIpv6": rule["CidrIpv6"], **described}]}
    if rule.get(f"{end}PrefixListId"):
        return {**made, "PrefixListIds": [{"PrefixListId": rule[f"{end}PrefixListId"], **described}]}
    pair = {
        shown: rule[f"{end}SecurityGroup{given}"]
        for given, shown in (("Id", "GroupId"), ("Name", "GroupName"), ("OwnerId", "UserId"))
        if rule.get(f"{end}SecurityGroup{given}")
    }
    if not pair:
        raise Refused(f"A rule of a security group needs CidrIp, CidrIpv6, {end}PrefixListId or {end}SecurityGroupId.")
    return {**made, "UserIdGroupPairs": [{**pair, **described}]}


def authorise(site: Site, group: str, direction: str, rule: JsonDict) -> str:
    """Add a rule; returns its id."""
    asked = {"GroupId": group, "IpPermissions": [permission(rule, direction)]}
    made = site.make(SERVICE, f"AuthorizeSecurityGroup{direction}", asked)["SecurityGroupRules"]
    return str(made[0]["SecurityGroupRuleId"])


def revoke(site: Site, group: str, direction: str, rule: JsonDict) -> None:
    """Take a rule away."""
    asked = {"GroupId": group, "IpPermissions": [permission(rule, direction)]}
    site.make(SERVICE, f"RevokeSecurityGroup{direction}", asked)


def rule_type(direction: str, properties: str, replaces: str, required: tuple[str, ...]) -> ResourceType:
    """The type AWS::EC2::SecurityGroup<direction>: one rule of a group that stands elsewhere; Ref gives its id."""

    def create(site: Site, given: JsonDict) -> Made:
        rule = authorise(site, _group(site, given), direction, given)
        return Made(rule, {"Id": rule})

    def update(site: Site, held: Held, given: JsonDict) -> Made:
        text = [{"SecurityGroupRuleId": held.physical_id, "Description": text_of(given.get("Description", ""))}]
        asked = {"GroupId": _group(site, given), "SecurityGroupRuleDescriptions": text}
        site.call(SERVICE, f"UpdateSecurityGroupRuleDescriptions{direction}", asked)
        return Made(held.physical_id, held.attributes)

    def delete(site: Site, held: Held) -> None:
        asked = {"GroupId": _group(site, held.properties), "SecurityGroupRuleIds": [held.physical_id]}
        site.call(SERVICE, f"RevokeSecurityGroup{direction}", asked)

    return ResourceType(
        f"AWS::EC2::SecurityGroup{direction}",
        create,
        delete,
        words("Description", properties),
        update,
        words(replaces),
        required,
        words("Id"),
        taggable=False,
    )


def _group(site: Site, properties: JsonDict) -> str:
    if properties.get("GroupId"):
        return text_of(properties["GroupId"])
    asked = {"GroupNames": [text_of(properties["GroupName"])]}
    return str(site.call(SERVICE, "DescribeSecurityGroups", asked)["SecurityGroups"][0]["GroupId"])
