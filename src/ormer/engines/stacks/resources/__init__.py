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
    "AWS::ApiGateway::ApiKey AWS::ApiGateway::Authorizer AWS::ApiGateway::Model "
    "AWS::ApiGateway::RequestValidator AWS::ApiGateway::UsagePlan AWS::ApiGateway::UsagePlanKey "
    "AWS::CloudFormation::WaitCondition AWS::CloudTrail::Trail AWS::CodeDeploy::Application "
    "AWS::CodeDeploy::DeploymentGroup AWS::DynamoDB::Table AWS::EC2::EgressOnlyInternetGateway "
    "AWS::EC2::Instance AWS::EC2::LaunchTemplate AWS::EC2::NetworkAcl AWS::EC2::NetworkAclEntry "
    "AWS::EC2::NetworkInterface AWS::EC2::SubnetNetworkAclAssociation AWS::EC2::VPCPeeringConnection "
    "AWS::EC2::VPNGateway AWS::IAM::Group AWS::IAM::ServiceLinkedRole AWS::Lambda::Url AWS::Logs::MetricFilter "
    "AWS::Logs::SubscriptionFilter AWS::SageMaker::App AWS::SageMaker::InferenceExperiment "
    "AWS::SageMaker::NotebookInstance AWS::SageMaker::NotebookInstanceLifecycleConfig "
    "AWS::SecretsManager::SecretTargetAttachment"
)
CUSTOM = "Custom::"
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


class _Types(dict[str, ResourceType]):
    """Resource types by their names. A template's own `Custom::…` are all one type."""

    def __missing__(self, name: str) -> ResourceType:
        if not name.startswith(CUSTOM):
            raise KeyError(name)
        return self[CUSTOM_RESOURCE]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith(CUSTOM))


@cache
def types() -> Mapping[str, ResourceType]:
    """Every resource type by its name."""
    found = _Types()
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        kind = getattr(importlib.import_module(module.name), "TYPE", None)
        if kind is not None:
            found[kind.name] = kind
    return found


def is_not_yet(name: str) -> bool:
    """Whether a type that is not here is known to be AWS's."""
    return name in NOT_YET
