"""AWS::EC2::SecurityGroupEgress: a rule of a group that stands elsewhere."""

from __future__ import annotations

from ormer.engines.stacks.resources.ec2_security_rules import EGRESS, rule_type

RULE = "CidrIp CidrIpv6 DestinationPrefixListId DestinationSecurityGroupId FromPort GroupId IpProtocol ToPort"
TYPE = rule_type(EGRESS, RULE, RULE, ("IpProtocol", "GroupId"))
