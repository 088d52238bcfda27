"""One file a provider of actions; `provider_of` finds it."""

from __future__ import annotations

from typing import Any, cast

from ormer.engines.delivery.actions import (
    cloudformation,
    code_build,
    code_commit_source,
    code_connection_source,
    lambda_invoke,
    manual_approval,
    s3_deployment,
    s3_source,
    step_functions,
)
from ormer.engines.delivery.actions.contract import Provider

PROVIDERS: dict[tuple[str, str], Any] = {
    ("Source", "CodeCommit"): code_commit_source,
    ("Source", "CodeStarSourceConnection"): code_connection_source,
    ("Source", "S3"): s3_source,
    ("Build", "CodeBuild"): code_build,
    ("Test", "CodeBuild"): code_build,
    ("Deploy", "CloudFormation"): cloudformation,
    ("Deploy", "S3"): s3_deployment,
    ("Approval", "Manual"): manual_approval,
    ("Invoke", "Lambda"): lambda_invoke,
    ("Invoke", "StepFunctions"): step_functions,
}


def provider_of(declaration: dict[str, Any]) -> Provider:
    """The provider of an action. KeyError for one that no pipeline can be made with."""
    kind = declaration["actionTypeId"]
    return cast("Provider", PROVIDERS[kind["category"], kind["provider"]])
