"""AWS::SageMaker::AppImageConfig: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Made, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import creating, noun, updating

JsonDict = dict[str, Any]
KIND, NAME, ARN = "AppImageConfig", "AppImageConfigName", "AppImageConfigArn"
SETTINGS = "CodeEditorAppImageConfig JupyterLabAppImageConfig KernelGatewayImageConfig"
CREATE = creating(KIND, NAME, ARN)


def _create(site: Site, properties: JsonDict) -> Made:
    made = CREATE(site, properties)
    return Made(made.attributes[NAME], made.attributes, made.arn)


TYPE = noun(
    KIND,
    NAME,
    SETTINGS,
    create=_create,
    update=updating(KIND, NAME, words(SETTINGS)),
    required=NAME,
)
