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
    "states:*",
    "scheduler:*",
    "ssm:*",
    "secretsmanager:*",
    # SageMaker SDK 3 refuses an execution role that lacks these, whether or not its jobs run in a VPC.
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:Describe*",
    "athena:*",
    "glue:*",
    # The registry's Collections are resource groups.
    "resource-groups:*",
    "tag:Get*",
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

_READING = ("Get", "List", "Describe", "BatchGet", "Head", "Search", "Query", "Filter")
_WRITE_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_READ_LOGS = ("logs:Describe*", "logs:Get*", "logs:FilterLogEvents", "logs:StartQuery", "logs:StopQuery")
# {policy: the services that it opens whole}
_WHOLE: Mapping[str, str] = {
    "AWSGlueConsoleFullAccess": "glue s3 logs",
    "AWSGlueServiceRole": "glue s3 logs",
    "AWSStepFunctionsFullAccess": "states",
    "AWSXrayFullAccess": "xray",
    "AmazonAPIGatewayAdministrator": "apigateway",
    "AmazonAthenaFullAccess": "athena glue s3",
    "AmazonDynamoDBFullAccess": "dynamodb",
    "AmazonEC2FullAccess": "ec2",
    "AmazonECS_FullAccess": "ecs",
    "AmazonRedshiftFullAccess": "redshift redshift-data",
    "AmazonSNSFullAccess": "sns",
    "AmazonSQSFullAccess": "sqs",
    "AmazonSSMFullAccess": "ssm",
    "AmazonVPCFullAccess": "ec2",
    "ElasticLoadBalancingFullAccess": "elasticloadbalancing",
}

MANAGED_POLICIES: Mapping[str, JsonDict] = {
    "AdministratorAccess": _policy(_allow("*")),
    "PowerUserAccess": _policy(
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow("iam:GetRole", "iam:ListRoles"),
    ),
    # Values of secrets are not for readers.
    "ReadOnlyAccess": _policy(
        {
            "Effect": "Allow",
            "Action": [f"*:{verb}*" for verb in _READING],
            "NotResource": "arn:aws:secretsmanager:*",
        },
        _allow("secretsmanager:Describe*", "secretsmanager:List*", "secretsmanager:GetResourcePolicy"),
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
    "AmazonEventBridgeSchedulerFullAccess": _policy(_allow("scheduler:*", "iam:PassRole")),
    "CloudWatchEventsFullAccess": _policy(_allow("events:*")),
    # -- functions
    "AWSLambdaBasicExecutionRole": _policy(_allow(*_WRITE_LOGS)),
    "AWSLambdaVPCAccessExecutionRole": _policy(_allow(*_WRITE_LOGS, "ec2:*NetworkInterface*")),
    "AWSLambdaExecute": _policy(_allow("logs:*"), _allow("s3:GetObject", "s3:PutObject", resource="arn:aws:s3:::*")),
    "AWSLambdaRole": _policy(_allow("lambda:InvokeFunction")),
    "AWSLambda_FullAccess": _policy(_allow("lambda:*", "cloudwatch:*", "logs:*", "iam:PassRole", "iam:ListRoles")),
    "AWSLambda_ReadOnlyAccess": _policy(_allow("lambda:Get*", "lambda:List*", "logs:Describe*", "logs:Get*")),
    # -- what the roles of SageMaker's projects may do
    "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy": _policy(_allow(*_MLOPS)),
    "AmazonSageMakerServiceCatalogProductsCloudformationServiceRolePolicy": _policy(
        _allow("sagemaker:*", "s3:GetObject*", "application-autoscaling:*", "cloudwatch:*", "iam:PassRole")
    ),
    "AmazonSageMakerServiceCatalogProductsCodeBuildServiceRolePolicy": _policy(
        _allow("sagemaker:*", "s3:*", "ecr:*", "iam:PassRole", *_WRITE_LOGS),
        _allow("codecommit:CancelUploadArchive", "codecommit:Get*", "codecommit:UploadArchive"),
    ),
    "AmazonSageMakerServiceCatalogProductsCodePipelineServiceRolePolicy": _policy(
        _allow("cloudformation:*", "codebuild:BatchGetBuilds", "codebuild:StartBuild", "s3:*", "iam:PassRole"),
        _allow("codecommit:CancelUploadArchive", "codecommit:Get*", "codecommit:UploadArchive"),
    ),
    "AmazonSageMakerServiceCatalogProductsLambdaServiceRolePolicy": _policy(
        _allow("sagemaker:*", "s3:*", "iam:PassRole", *_WRITE_LOGS)
    ),
    "AmazonSageMakerServiceCatalogProductsApiGatewayServiceRolePolicy": _policy(_allow(*_WRITE_LOGS)),
    "AmazonSageMakerServiceCatalogProductsFirehoseServiceRolePolicy": _policy(_allow("sagemaker:PutRecord")),
    "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy": _policy(_allow("glue:*", "s3:*", *_WRITE_LOGS)),
    "AmazonSageMakerFeatureStoreAccess": _policy(_allow("s3:PutObject", "s3:GetBucketAcl", "s3:PutObjectAcl")),
    "AWSServiceCatalogAdminFullAccess": _policy(_allow("servicecatalog:*", "cloudformation:*", "iam:PassRole")),
    "AWSServiceCatalogEndUserFullAccess": _policy(
        _allow(*(f"servicecatalog:{verb}*" for verb in ("Describe", "List", "Search"))),
        _allow("cloudformation:*"),
    ),
    # -- reading, and delivering
    "CloudWatchFullAccessV2": _policy(_allow("cloudwatch:*", "logs:*", "sns:*")),
    "CloudWatchReadOnlyAccess": _policy(
        _allow("cloudwatch:Get*", "cloudwatch:List*", "cloudwatch:Describe*", *_READ_LOGS)
    ),
    "CloudWatchLogsReadOnlyAccess": _policy(_allow(*_READ_LOGS)),
    "IAMReadOnlyAccess": _policy(_allow("iam:Get*", "iam:List*", "iam:Simulate*")),
    "AWSCloudFormationReadOnlyAccess": _policy(
        _allow("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*", "cloudformation:Validate*")
    ),
    "AWSCodeBuildDeveloperAccess": _policy(
        _allow("codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGet*", "codebuild:List*", *_READ_LOGS)
    ),
    "AWSCodeBuildReadOnlyAccess": _policy(_allow("codebuild:BatchGet*", "codebuild:List*", *_READ_LOGS)),
    "AWSCodePipeline_ReadOnlyAccess": _policy(_allow("codepipeline:Get*", "codepipeline:List*")),
    "AWSCodePipelineApproverAccess": _policy(
        _allow("codepipeline:Get*", "codepipeline:List*", "codepipeline:PutApprovalResult")
    ),
    "AWSKeyManagementServicePowerUser": _policy(
        _allow(*(f"kms:{verb}*" for verb in ("Create", "Describe", "Get", "List", "Tag", "Untag"))),
        _allow("kms:*Alias"),
    ),
    "AWSSecretsManagerClientReadOnlyAccess": _policy(
        _allow(
            "secretsmanager:GetSecretValue",
            "secretsmanager:BatchGetSecretValue",
            "secretsmanager:DescribeSecret",
            "secretsmanager:ListSecrets",
            "secretsmanager:ListSecretVersionIds",
            "kms:Decrypt",
        )
    ),
    "AmazonSSMReadOnlyAccess": _policy(_allow("ssm:Describe*", "ssm:Get*", "ssm:List*")),
    "AmazonSSMManagedInstanceCore": _policy(_allow("ssm:GetParameter", "ssm:GetParameters")),
    "AmazonSQSReadOnlyAccess": _policy(
        _allow(
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ListDeadLetterSourceQueues",
            "sqs:ListQueues",
            "sqs:ListMessageMoveTasks",
            "sqs:ListQueueTags",
        )
    ),
    "AWSLambdaSQSQueueExecutionRole": _policy(
        _allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_WRITE_LOGS)
    ),
    "SecretsManagerReadWrite": _policy(_allow("secretsmanager:*", "kms:DescribeKey", "kms:ListAliases")),
    "AmazonEC2ReadOnlyAccess": _policy(_allow("ec2:Describe*", "ec2:Get*", "cloudwatch:Get*", "cloudwatch:List*")),
    # -- whole services, whether or not they are here
    **{name: _policy(_allow(*(f"{service}:*" for service in services.split()))) for name, services in _WHOLE.items()},
}


def document(arn: str) -> JsonDict | None:
    """The document of an AWS-managed policy; None for a name that is not here."""
    if not arn.startswith(PREFIX):
        return None
    return MANAGED_POLICIES.get(arn.removeprefix(PREFIX).rsplit("/", 1)[-1])
