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
from ormer.engines.stacks.language.words import words

# Types of AWS's that templates around SageMaker use and that are not made here yet: refused by name.
NOT_YET = words(
    "AWS::ApiGateway::Deployment AWS::ApiGateway::Method AWS::ApiGateway::RestApi "
    "AWS::CloudFormation::CustomResource AWS::CloudFormation::WaitCondition AWS::EC2::SecurityGroup "
    "AWS::EC2::Subnet AWS::EC2::VPC AWS::ECR::Repository AWS::IAM::AccessKey AWS::IAM::InstanceProfile "
    "AWS::IAM::User AWS::Lambda::EventInvokeConfig AWS::Lambda::EventSourceMapping AWS::Lambda::Function "
    "AWS::Lambda::LayerVersion AWS::Lambda::Permission AWS::Lambda::Version AWS::SQS::Queue "
    "AWS::SecretsManager::Secret AWS::ServiceCatalog::CloudFormationProduct "
    "AWS::ServiceCatalog::LaunchRoleConstraint AWS::ServiceCatalog::Portfolio "
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation AWS::ServiceCatalog::PortfolioProductAssociation "
    "AWS::SageMaker::Domain AWS::SageMaker::FeatureGroup AWS::SageMaker::NotebookInstance "
    "AWS::SageMaker::UserProfile AWS::StepFunctions::StateMachine"
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
