"""AWS::SageMaker::StudioLifecycleConfig: every change replaces it; Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Made, Site
from ormer.engines.stacks.resources.sagemaker_nouns import creating, noun

JsonDict = dict[str, Any]
KIND, NAME, ARN = "StudioLifecycleConfig", "StudioLifecycleConfigName", "StudioLifecycleConfigArn"
CREATE = creating(KIND, NAME, ARN)


def _create(site: Site, properties: JsonDict) -> Made:
    made = CREATE(site, properties)
    return Made(made.attributes[NAME], made.attributes, made.arn)


TYPE = noun(
    KIND,
    NAME,
    "StudioLifecycleConfigAppType StudioLifecycleConfigContent",
    create=_create,
    required=f"StudioLifecycleConfigAppType StudioLifecycleConfigContent {NAME}",
)
