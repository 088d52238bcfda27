"""The roles that SageMaker's own set-up makes for projects: their names, who may assume them, and what they may do.

https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-sc.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PATH = "/service-role/"
LAUNCH_ROLE = "AmazonSageMakerServiceCatalogProductsLaunchRole"
USE_ROLE = "AmazonSageMakerServiceCatalogProductsUseRole"
# What today's templates are launched by. The provider's own stack of roles makes it: programs deploy that stack only
# where this role is missing, and beside the other roles of its list it could not be deployed.
PROJECTS_LAUNCH_ROLE = "AmazonSageMakerProjectsLaunchRole"
PROJECTS_USE_ROLE = "AmazonSageMakerProjectsUseRole"
AWS = "arn:aws:iam::aws:policy/"
FULL_ACCESS = f"{AWS}AmazonSageMakerFullAccess"
S3_FULL_ACCESS = f"{AWS}AmazonS3FullAccess"
STARTING = f"{AWS}service-role/AmazonSageMakerServiceCatalogProductsEventsServiceRolePolicy"
EVERYTHING = (FULL_ACCESS, S3_FULL_ACCESS)


# What SageMaker's own set-up adds for who tracks experiments: no managed policy holds it.
# https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server-iam.html
USE_MLFLOW = "UseMlflow"
MLFLOW_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["sagemaker-mlflow:*"], "Resource": "*"}],
}


@dataclass(frozen=True)
class ServiceRole:
    """A role. trusted: the services that may assume it. policies: ARNs of what is attached."""

    name: str
    trusted: tuple[str, ...]
    policies: tuple[str, ...] = EVERYTHING
    path: str = PATH

    @property
    def inline(self) -> dict[str, object]:
        """{name: document} of its own policies."""
        return {USE_MLFLOW: MLFLOW_POLICY} if self.policies == EVERYTHING else {}


# What each role's name ends in; today's templates and yesterday's say them with prefixes of their own.
_ENDINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "CodeBuild": (("codebuild", "cloudformation"), EVERYTHING),
    "CodePipeline": (("codepipeline",), EVERYTHING),
    "Cloudformation": (("cloudformation",), EVERYTHING),
    "Events": (("events", "scheduler"), (STARTING,)),
    "Lambda": (("lambda",), EVERYTHING),
    "Execution": (("sagemaker",), EVERYTHING),
}
_EVERY_SERVICE = ("sagemaker", "cloudformation", "codebuild", "codepipeline", "events", "lambda", "states")
PREFIXES = ("AmazonSageMakerProjects", "AmazonSageMakerServiceCatalogProducts")
# `SageMakerRole` is the name that the SDK's examples and tests take for granted.
SERVICE_ROLES = (
    ServiceRole(USE_ROLE, _EVERY_SERVICE),
    ServiceRole(LAUNCH_ROLE, ("servicecatalog", "sagemaker")),
    ServiceRole(PROJECTS_LAUNCH_ROLE, ("cloudformation", "servicecatalog", "sagemaker"), path="/"),
    ServiceRole(PROJECTS_USE_ROLE, _EVERY_SERVICE),
    ServiceRole("SageMakerRole", ("sagemaker",), path="/"),
    *(
        ServiceRole(f"{prefix}{ending}Role", trusted, policies)
        for prefix in PREFIXES
        for ending, (trusted, policies) in _ENDINGS.items()
    ),
)


def arn(account: str, name: str, path: str = PATH) -> str:
    """A role's ARN in an account."""
    return f"arn:aws:iam::{account}:role{path}{name}"
