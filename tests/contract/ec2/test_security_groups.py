"""Security groups and their rules."""

from __future__ import annotations

import pytest

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.fixture
def group(ec2, vpc):
    return ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]


def described(ec2, identifier):
    (found,) = ec2.describe_security_groups(GroupIds=[identifier])["SecurityGroups"]
    return found


def test_rules_are_added_gathered_and_revoked(ec2, group, refused):
    blocks = [{"CidrIp": "10.0.0.5/16", "Description": "own"}, {"CidrIp": "192.168.0.0/16"}]
    asked = {"GroupId": group, "IpPermissions": [{**HTTPS, "IpRanges": blocks}]}
    made = ec2.authorize_security_group_ingress(**asked)["SecurityGroupRules"]
    assert [one["CidrIpv4"] for one in made] == ["10.0.0.0/16", "192.168.0.0/16"]
    (permission,) = described(ec2, group)["IpPermissions"]
    wanted = [{"CidrIp": "10.0.0.0/16", "Description": "own"}, {"CidrIp": "192.168.0.0/16"}]
    assert (permission["FromPort"], permission["IpRanges"]) == (443, wanted)
    assert refused(ec2.authorize_security_group_ingress, **asked) == "InvalidPermission.Duplicate"
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[made[0]["SecurityGroupRuleId"]])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [blocks[1]]}])
    assert described(ec2, group)["IpPermissions"] == []
    gone = {"GroupId": group, "IpPermissions": [{**HTTPS, "IpRanges": [blocks[1]]}]}
    assert refused(ec2.revoke_security_group_ingress, **gone) == "InvalidPermission.NotFound"


def test_what_goes_out_is_open_until_it_is_revoked(ec2, group):
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    (permission,) = described(ec2, group)["IpPermissionsEgress"]
    assert permission["IpProtocol"] == "-1" and "FromPort" not in permission
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert described(ec2, group)["IpPermissionsEgress"] == []
    ec2.authorize_security_group_egress(
        GroupId=group, IpPermissions=[{**HTTPS, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]
    )
    where = [{"Name": "group-id", "Values": [group]}]
    (rule,) = ec2.describe_security_group_rules(Filters=where)["SecurityGroupRules"]
    assert rule["IsEgress"] and rule["PrefixListId"] == "pl-1"


def test_rules_are_changed_under_their_ids_and_described_anew(ec2, group):
    asked = {"GroupId": group, "CidrIp": "10.0.0.0/8", "IpProtocol": "6", "FromPort": 80, "ToPort": 81}
    (rule,) = ec2.authorize_security_group_ingress(**asked)["SecurityGroupRules"]
    assert rule["IpProtocol"] == "tcp"
    change = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "ReferencedGroupId": group, "Description": "names"}
    wanted = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}]
    assert ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=wanted)["Return"]
    (permission,) = described(ec2, group)["IpPermissions"]
    assert permission["IpRanges"] == [] and permission["UserIdGroupPairs"][0]["Description"] == "names"
    texts = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "dns"}]
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=texts)
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    ec2.update_security_group_rule_descriptions_egress(GroupId=group, IpPermissions=[everything])
    found = described(ec2, group)
    assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["Description"] == "dns"
    assert found["IpPermissionsEgress"][0]["IpRanges"][0]["Description"] == "all"


def test_rules_are_checked(ec2, group, refused):
    def code(**permission):
        return refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])

    anywhere = [{"CidrIp": "0.0.0.0/0"}]
    assert code(**HTTPS) == "MissingParameter"
    assert code(**HTTPS, IpRanges=[{"CidrIp": "10.0.0.0/33"}]) == "InvalidParameterValue"
    assert code(IpProtocol="tcp", FromPort=1, ToPort=70000, IpRanges=anywhere) == "InvalidParameterValue"
    assert code(IpProtocol="tcp", IpRanges=anywhere) == "InvalidParameterValue"
    assert code(IpProtocol="carrier-pigeon", IpRanges=anywhere) == "InvalidParameterValue"
    assert code(**HTTPS, UserIdGroupPairs=[{"GroupId": "sg-0"}]) == "InvalidGroup.NotFound"


def test_groups_in_use_and_default_ones_stay(ec2, vpc, group, refused):
    other = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
    pair = [{**HTTPS, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
    assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    where = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = ec2.describe_security_groups(Filters=where)["SecurityGroups"]
    assert refused(ec2.delete_security_group, GroupId=default["GroupId"]) == "CannotDelete"
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_security_group(GroupId=other)
    assert ec2.delete_security_group(GroupId=group)["GroupId"] == group
    assert refused(ec2.describe_security_groups, GroupIds=[group]) == "InvalidGroup.NotFound"
    ec2.delete_vpc(VpcId=vpc)


def test_names_are_a_vpcs_own(ec2, vpc, group, refused):
    asked = {"GroupName": "web", "Description": "again"}
    assert refused(ec2.create_security_group, VpcId=vpc, **asked) == "InvalidGroup.Duplicate"
    assert refused(ec2.create_security_group, GroupName="sg-mine", Description="a") == "InvalidParameterValue"
    made = ec2.create_security_group(**asked)["GroupId"]
    (found,) = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert found["GroupId"] == made and found["VpcId"] != vpc
    ec2.delete_security_group(GroupName="web")
