"""What people may do who look at Studio: four roles as IAM policies, enforced at every operation like any other.

A viewer reads, a developer makes and runs, an approver decides about versions and deployments, an admin does all.
Who develops does not decide, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
_READS = (
    *(f"sagemaker:{verb}*" for verb in ("Describe", "List", "Search", "Get", "Query", "BatchDescribe", "BatchGet")),
    *(f"s3:{verb}*" for verb in ("Get", "List")),
    *(f"logs:{verb}*" for verb in ("Describe", "Get", "Filter", "List")),
    *(f"cloudwatch:{verb}*" for verb in ("Describe", "Get", "List")),
    *(f"codepipeline:{verb}*" for verb in ("Get", "List")),
    *(f"codebuild:{verb}*" for verb in ("BatchGet", "List")),
    *(f"codecommit:{verb}*" for verb in ("BatchGet", "Get", "List", "Describe", "Evaluate", "GitPull")),
    *(f"cloudformation:{verb}*" for verb in ("Describe", "Get", "List")),
    *(f"events:{verb}*" for verb in ("Describe", "List", "Test")),
    *(f"scheduler:{verb}*" for verb in ("Get", "List")),
    *(f"servicecatalog:{verb}*" for verb in ("Describe", "List", "Search")),
    *(f"ecr:{verb}*" for verb in ("Describe", "List", "BatchGet")),
    "application-autoscaling:Describe*",
    "cloudtrail:LookupEvents",
    "account:ListRegions",
    "sts:GetCallerIdentity",
)
_MAKES = (
    *(f"{service}:*" for service in ("sagemaker", "s3", "logs", "cloudwatch", "codepipeline", "codebuild")),
    *(f"{service}:*" for service in ("codecommit", "cloudformation", "events", "scheduler", "servicecatalog", "ecr")),
    "application-autoscaling:*",
    "iam:PassRole",
    "iam:GetRole",
    "iam:ListRoles",
)
PATH = "/ormer/"
# Everybody's keys are their own to make and to switch off; a key may do what its person may.
_OWN_KEYS: JsonDict = {
    "Effect": "Allow",
    "Action": [f"iam:{verb}AccessKey" for verb in ("Create", "Update", "Delete")] + ["iam:ListAccessKeys"],
    "Resource": f"arn:aws:iam::*:user{PATH}${{aws:username}}",
}
_DECIDED = {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}


def _allow(*actions: str) -> JsonDict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _deny(*actions: str, **more: Any) -> JsonDict:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def _policy(*statements: JsonDict) -> JsonDict:
    return {"Version": "2012-10-17", "Statement": [*statements, _OWN_KEYS]}


ROLES: Mapping[str, JsonDict] = {
    "viewer": _policy(_allow(*_READS)),
    "developer": _policy(
        _allow(*_READS, *_MAKES),
        _deny("codepipeline:PutApprovalResult"),
        _deny("sagemaker:UpdateModelPackage", "sagemaker:CreateModelPackage", Condition=_DECIDED),
    ),
    "approver": _policy(
        _allow(*_READS, "sagemaker:UpdateModelPackage", "sagemaker:InvokeEndpoint", "codepipeline:PutApprovalResult")
    ),
    "admin": _policy(_allow("*")),
}


def policy_name(role: str) -> str:
    """The name of the role's managed policy in the account: `OrmerViewer`."""
    return f"Ormer{role.capitalize()}"
