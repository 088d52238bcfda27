"""AWS::SageMaker::UserProfile: a person of a domain."""

from __future__ import annotations

from ormer.engines.stacks.resources.sagemaker_domain_parts import part

RSTUDIO = "UserSettings.RStudioServerProAppSettings"
TYPE = part(
    "UserProfile",
    ("UserSettings",),
    "SingleSignOnUserIdentifier SingleSignOnUserValue",
    f"{RSTUDIO}.AccessStatus {RSTUDIO}.UserGroup",
)
