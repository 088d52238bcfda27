"""AWS::SNS::TopicPolicy: one policy for several topics; without it each has the policy that a new topic has."""

from __future__ import annotations

from ormer.engines.stacks.contracts import Site
from ormer.engines.stacks.resources.policies_of_several import policy_type


def _put(site: Site, topic: str, policy: str) -> None:
    change = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}
    site.call("sns", "SetTopicAttributes", change)


TYPE = policy_type("AWS::SNS::TopicPolicy", "Topics", _put)
