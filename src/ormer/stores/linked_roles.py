"""Service-linked roles: what a service of AWS's acts as in an account, made when it is first needed.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ormer.aws import arns
from ormer.aws.identities import Identity, session_identity
from ormer.stores import managed_policies, resources
from ormer.stores.database import Tx


@dataclass(frozen=True)
class LinkedRole:
    """principal: the service that may assume it. policy: the AWS-managed policy that says what it may do."""

    principal: str
    name: str
    policy: str

    def arn(self, account: str) -> str:
        return arns.arn("iam", "", account, f"role/aws-service-role/{self.principal}/{self.name}")


SCALING_ENDPOINTS = LinkedRole(
    "sagemaker.application-autoscaling.amazonaws.com",
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
    "AWSApplicationAutoscalingSageMakerEndpointPolicy",
)


def ensure(tx: Tx, account: str, role: LinkedRole, now: float) -> str:
    """Make the role unless it is there. Returns its ARN."""
    arn = role.arn(account)
    if resources.get(tx, arn) is not None:
        return arn
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": role.principal}, "Action": "sts:AssumeRole"}],
    }
    resources.create(
        tx,
        arn=arn,
        kind="Role",
        name=role.name,
        document={
            "RoleName": role.name,
            "Path": f"/aws-service-role/{role.principal}/",
            "Arn": arn,
            "AssumeRolePolicyDocument": json.dumps(trust),
            "MaxSessionDuration": 3600,
        },
        facts={"attached": [f"{managed_policies.PREFIX}aws-service-role/{role.policy}"], "inline": {}},
        now=now,
        event=False,
    )
    return arn


def session(account: str, role: LinkedRole, name: str) -> Identity:
    """The service acting as its role."""
    return session_identity(role.arn(account), name)
