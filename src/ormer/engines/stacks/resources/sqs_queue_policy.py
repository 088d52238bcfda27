"""AWS::SQS::QueuePolicy: one policy for several queues."""

from __future__ import annotations

from ormer.engines.stacks.contracts import Site
from ormer.engines.stacks.resources.policies_of_several import policy_type


def _put(site: Site, queue: str, policy: str) -> None:
    site.call("sqs", "SetQueueAttributes", {"QueueUrl": queue, "Attributes": {"Policy": policy}})


TYPE = policy_type("AWS::SQS::QueuePolicy", "Queues", _put)
