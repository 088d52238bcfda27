"""AWS::EC2::SecurityGroupIngress: a rule of a group that stands elsewhere."""

from __future__ import annotations

from ormer.engines.stacks.resources.ec2_security_rules import INGRESS, rule_type

RULE = (
    "CidrIp CidrIpv6 FromPort GroupId GroupName IpProtocol SourcePrefixListId SourceSecurityGroupId "
    "SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort"
)
TYPE = rule_type(INGRESS, RULE, RULE, ("IpProtocol",))
