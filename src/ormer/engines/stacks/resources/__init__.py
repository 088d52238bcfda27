"""Resource types, one file each. A file that holds a `TYPE` is a type: that is all it takes to add one.

What Ref and Fn::GetAtt give, and which properties replace, is AWS's:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from ormer.engines.stacks.contracts import ResourceType

# Types of AWS's that templates around SageMaker use and that are not made here yet: refused by name.
NOT_YET = frozenset(
    f"AWS::{name}"
    for name in [
        "ApiGateway::Deployment",
        "ApiGateway::Method",
        "ApiGateway::RestApi",
        "CloudFormation::CustomResource",
        "CloudFormation::WaitCondition",
        "EC2::SecurityGroup",
        "EC2::Subnet",
        "EC2::VPC",
        "ECR::Repository",
        "IAM::AccessKey",
        "IAM::InstanceProfile",
        "IAM::User",
        "Lambda::EventInvokeConfig",
        "Lambda::EventSourceMapping",
        "Lambda::Function",
        "Lambda::LayerVersion",
        "Lambda::Permission",
        "Lambda::Version",
        "SQS::Queue",
        "SecretsManager::Secret",
        "ServiceCatalog::CloudFormationProduct",
        "ServiceCatalog::LaunchRoleConstraint",
        "ServiceCatalog::Portfolio",
        "ServiceCatalog::PortfolioPrincipalAssociation",
        "ServiceCatalog::PortfolioProductAssociation",
        "SageMaker::Domain",
        "SageMaker::FeatureGroup",
        "SageMaker::NotebookInstance",
        "SageMaker::UserProfile",
        "StepFunctions::StateMachine",
    ]
)
CUSTOM = "Custom::"


@cache
def types() -> Mapping[str, ResourceType]:
    """Every resource type by its name."""
    found: dict[str, ResourceType] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        kind = getattr(importlib.import_module(module.name), "TYPE", None)
        if kind is not None:
            found[kind.name] = kind
    return found


def is_not_yet(name: str) -> bool:
    """Whether a type that is not here is known to be AWS's, or a template's own custom resource."""
    return name in NOT_YET or name.startswith(CUSTOM)
