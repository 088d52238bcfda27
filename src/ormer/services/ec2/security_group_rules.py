"""Rules of security groups: added, changed, described and revoked."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2.kinds import invalid, tags_for, with_tags, writes
from ormer.services.ec2.nouns import SECURITY_GROUP, SECURITY_GROUP_RULE
from ormer.services.ec2.permissions import PEERS, rules, same, told
from ormer.services.ec2.security_groups import group
from ormer.services.ec2.vpc_parts import add_rule
from ormer.stores import resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
FLAT = ("IpProtocol", "FromPort", "ToPort")


@writes
def authorize_security_group_ingress(call: Call, request: JsonDict) -> JsonDict:
    """Let something in. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html

    Differs: kept, and asked by nobody. Errors: InvalidGroup.NotFound, InvalidPermission.Duplicate, MissingParameter,
    InvalidParameterValue.
    """
    return _authorize(call, request, False)


@writes
def authorize_security_group_egress(call: Call, request: JsonDict) -> JsonDict:
    """Let something out. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html

    Differs: kept, and asked by nobody. Errors: as for what is let in.
    """
    return _authorize(call, request, True)


def _authorize(call: Call, request: JsonDict, egress: bool) -> JsonDict:
    row = group(call, request)
    tags = tags_for(request, SECURITY_GROUP_RULE)
    standing = [one.document for one in SECURITY_GROUP_RULE.rows(call, row.name)]
    made = []
    for rule in _asked(call, request, egress):
        if any(same(rule, one) for one in standing):
            raise AwsError("InvalidPermission.Duplicate", f"the specified rule {told(rule)} already exists")
        one = add_rule(call, row, rule, tags)
        standing.append(one.document)
        made.append(with_tags(call, one))
    return {"Return": True, "SecurityGroupRules": made}


def _asked(call: Call, request: JsonDict, egress: bool) -> list[JsonDict]:
    """The rules of a request, in the words of a SecurityGroupRule; groups stand by their ids."""
    given = request.get("IpPermissions") or [_flat(request)]
    found = [{"IsEgress": egress, **rule} for permission in given for rule in rules(permission)]
    return [_resolved(call, rule) for rule in found]


def _flat(request: JsonDict) -> JsonDict:
    """A permission of one source, written into the request itself."""
    permission = {name: request[name] for name in FLAT if name in request}
    if request.get("CidrIp"):
        permission["IpRanges"] = [{"CidrIp": request["CidrIp"]}]
    if request.get("SourceSecurityGroupName"):
        permission["UserIdGroupPairs"] = [{"GroupName": request["SourceSecurityGroupName"]}]
        permission.setdefault("IpProtocol", "-1")
    return permission


def _resolved(call: Call, rule: JsonDict) -> JsonDict:
    pair = rule.get("ReferencedGroupInfo")
    if pair is None:
        return rule
    owner = pair.get("UserId", call.account)
    if owner != call.account:
        # Another account's group is taken at its word: ormer's accounts do not see each other's networks.
        return {**rule, "ReferencedGroupInfo": {"GroupId": pair.get("GroupId", ""), "UserId": owner}}
    return {**rule, "ReferencedGroupInfo": {"GroupId": group(call, pair).name, "UserId": owner}}


@writes
def revoke_security_group_ingress(call: Call, request: JsonDict) -> JsonDict:
    """Take away what is let in. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html

    Errors: InvalidGroup.NotFound, InvalidPermission.NotFound, InvalidSecurityGroupRuleId.NotFound.
    """
    return _revoke(call, request, False)


@writes
def revoke_security_group_egress(call: Call, request: JsonDict) -> JsonDict:
    """Take away what is let out. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html

    Errors: as for what is let in.
    """
    return _revoke(call, request, True)


def _revoke(call: Call, request: JsonDict, egress: bool) -> JsonDict:
    row = group(call, request)
    standing = SECURITY_GROUP_RULE.rows(call, row.name)
    ids = request.get("SecurityGroupRuleIds")
    if ids:
        gone = [_own(call, row, one, egress) for one in ids]
    else:
        gone = [_standing(row, standing, rule) for rule in _asked(call, request, egress)]
    for one in {each.name: each for each in gone}.values():
        SECURITY_GROUP_RULE.remove(call, one)
    return {"Return": True, "RevokedSecurityGroupRules": [one.document for one in gone]}


def _own(call: Call, row: Row, identifier: str, egress: bool) -> Row:
    found = SECURITY_GROUP_RULE.get(call, identifier)
    if found.parent != row.name or found.document["IsEgress"] != egress:
        raise SECURITY_GROUP_RULE.not_found(identifier)
    return found


def _standing(row: Row, standing: list[Row], rule: JsonDict) -> Row:
    for one in standing:
        if same(one.document, rule):
            return one
    text = f"The specified rule does not exist in this security group: {row.name} has no {told(rule)}."
    raise AwsError("InvalidPermission.NotFound", text)


def describe_security_group_rules(call: Call, request: JsonDict) -> JsonDict:
    """List rules. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html

    Errors: InvalidSecurityGroupRuleId.NotFound, InvalidParameterValue.
    """
    return SECURITY_GROUP_RULE.listed(call, request, "SecurityGroupRules")


@writes
def modify_security_group_rules(call: Call, request: JsonDict) -> JsonDict:
    """Change rules under their ids. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html

    Errors: InvalidGroup.NotFound, InvalidSecurityGroupRuleId.NotFound, InvalidParameterValue.
    """
    row = SECURITY_GROUP.get(call, request["GroupId"])
    for change in request["SecurityGroupRules"]:
        found = SECURITY_GROUP_RULE.get(call, change["SecurityGroupRuleId"])
        if found.parent != row.name:
            raise SECURITY_GROUP_RULE.not_found(found.name)
        (rule,) = rules(_permission(change.get("SecurityGroupRule") or {}))
        rule = _resolved(call, {"IsEgress": found.document["IsEgress"], **rule})
        with call.write() as tx:
            drop = (*PEERS, "ReferencedGroupInfo", "Description")
            kept = tuple(name for name in drop if name not in rule)
            resources.save(tx, found, rule, now=call.now, drop=kept)
    return {"Return": True}


def _permission(rule: JsonDict) -> JsonDict:
    """A rule as it is asked for, as a permission of one source."""
    described = {"Description": rule["Description"]} if rule.get("Description") else {}
    lists: JsonDict = {}
    for name, member, given in (
        ("IpRanges", "CidrIp", "CidrIpv4"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId", "ReferencedGroupId"),
    ):
        if rule.get(given):
            lists[name] = [{member: rule[given], **described}]
    if len(lists) != 1:
        raise invalid("A security group rule has exactly one source or destination.")
    return {**{name: rule[name] for name in FLAT if name in rule}, **lists}


@writes
def update_security_group_rule_descriptions_ingress(call: Call, request: JsonDict) -> JsonDict:
    """Describe what is let in anew. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html

    Errors: InvalidGroup.NotFound, InvalidPermission.NotFound.
    """
    return _describe(call, request, False)


@writes
def update_security_group_rule_descriptions_egress(call: Call, request: JsonDict) -> JsonDict:
    """Describe what is let out anew. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html

    Errors: InvalidGroup.NotFound, InvalidPermission.NotFound.
    """
    return _describe(call, request, True)


def _describe(call: Call, request: JsonDict, egress: bool) -> JsonDict:
    row = group(call, request)
    standing = SECURITY_GROUP_RULE.rows(call, row.name)
    if request.get("SecurityGroupRuleDescriptions"):
        wanted = [
            (_own(call, row, one["SecurityGroupRuleId"], egress), one.get("Description"))
            for one in request["SecurityGroupRuleDescriptions"]
        ]
    else:
        asked = _asked(call, request, egress)
        wanted = [(_standing(row, standing, rule), rule.get("Description")) for rule in asked]
    for found, text in wanted:
        SECURITY_GROUP_RULE.save(call, found, {"Description": text})
    return {"Return": True}
