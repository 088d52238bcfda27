"""The AWS-managed policies that people attach, as documents: enough of each to mean what its name says here.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREFIX = "arn:aws:iam::aws:policy/"
JsonDict = dict[str, Any]


def _allow(*actions: str, resource: str = "*") -> JsonDict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _policy(*statements: JsonDict) -> JsonDict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


_MLOPS = (
    "sagemaker:*",
    "s3:*",
    "logs:*",
    "cloudwatch:*",
    "ecr:*",
    "kms:*",
    "events:*",
    "codecommit:*",
    "codebuild:*",
    "codepipeline:*",
    "cloudformation:*",
    "servicecatalog:*",
    "codeconnections:*",
    "codestar-connections:*",
    "application-autoscaling:*",
    "lambda:*",
    "sns:*",
    "sqs:*",
    "scheduler:*",
    "ssm:GetParameter*",
    # SageMaker SDK 3 refuses an execution role that lacks these, whether or not its jobs run in a VPC.
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:Describe*",
    "glue:Get*",
    "tag:GetResources",
    "sts:GetCallerIdentity",
    "iam:GetRole",
    "iam:GetPolicy",
    "iam:GetRolePolicy",
    "iam:ListRoles",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PassRole",
    "iam:SimulatePrincipalPolicy",
)

MANAGED_POLICIES: Mapping[str, JsonDict] = {
    "AdministratorAccess": _policy(_allow("*")),
    "PowerUserAccess": _policy(
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow("iam:GetRole", "iam:ListRoles"),
    ),
    "ReadOnlyAccess": _policy(
        _allow(*(f"*:{verb}*" for verb in ("Get", "List", "Describe", "BatchGet", "Head", "Search", "Query", "Filter")))
    ),
    "IAMFullAccess": _policy(_allow("iam:*")),
    "AmazonSageMakerFullAccess": _policy(_allow(*_MLOPS)),
    "AmazonSageMakerReadOnly": _policy(
        _allow("sagemaker:Describe*", "sagemaker:List*", "sagemaker:Search", "sagemaker:GetSearchSuggestions")
    ),
    "AmazonSageMakerPipelinesIntegrations": _policy(
        _allow("lambda:InvokeFunction", "sqs:*", "events:*", "iam:PassRole")
    ),
    "AmazonSageMakerModelRegistryFullAccess": _policy(
        _allow("sagemaker:*ModelPackage*", "sagemaker:*Tags", "s3:GetObject")
    ),
    "AmazonS3FullAccess": _policy(_allow("s3:*")),
    "AmazonS3ReadOnlyAccess": _policy(_allow("s3:Get*", "s3:List*", "s3:Describe*")),
    "CloudWatchFullAccess": _policy(_allow("cloudwatch:*", "logs:*")),
    "CloudWatchLogsFullAccess": _policy(_allow("logs:*")),
    "AmazonEC2ContainerRegistryFullAccess": _policy(_allow("ecr:*")),
    "AmazonEC2ContainerRegistryReadOnly": _policy(_allow("ecr:Get*", "ecr:Describe*", "ecr:List*", "ecr:BatchGet*")),
    "AWSCodeCommitFullAccess": _policy(_allow("codecommit:*")),
    "AWSCodeCommitPowerUser": _policy(
        {"Effect": "Allow", "NotAction": ["codecommit:DeleteRepository"], "Resource": "arn:aws:codecommit:*:*:*"},
        _allow("codecommit:ListRepositories"),
    ),
    "AWSCodeCommitReadOnly": _policy(
        _allow(*(f"codecommit:{verb}*" for verb in ("BatchGet", "Get", "List", "Describe", "Evaluate", "GitPull")))
    ),
    "AWSCodePipeline_FullAccess": _policy(_allow("codepipeline:*")),
    "AWSCodeBuildAdminAccess": _policy(_allow("codebuild:*", "logs:*")),
    "AWSCloudFormationFullAccess": _policy(_allow("cloudformation:*")),
    # What Application Auto Scaling's service-linked role may do.
    "AWSApplicationAutoscalingSageMakerEndpointPolicy": _policy(
        _allow(
            "sagemaker:DescribeEndpoint",
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:DescribeInferenceComponent",
            "sagemaker:UpdateEndpointWeightsAndCapacities",
            "sagemaker:UpdateInferenceComponentRuntimeConfig",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:DeleteAlarms",
        )
    ),
    # What the events of a project's rules may start.
    "AmazonSageMakerServiceCatalogProductsEventsServiceRolePolicy": _policy(
        _allow("codepipeline:StartPipelineExecution", "codebuild:StartBuild", "sagemaker:StartPipelineExecution")
    ),
    "AmazonEventBridgeFullAccess": _policy(_allow("events:*", "scheduler:*")),
}


def document(arn: str) -> JsonDict | None:
    """The document of an AWS-managed policy; None for a name that is not here."""
    if not arn.startswith(PREFIX):
        return None
    return MANAGED_POLICIES.get(arn.removeprefix(PREFIX).rsplit("/", 1)[-1])
