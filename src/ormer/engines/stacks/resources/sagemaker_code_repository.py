"""AWS::SageMaker::CodeRepository: only the secret of its Git configuration changes in place."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Site, pick
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, noun

JsonDict = dict[str, Any]
NAME = "CodeRepositoryName"


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    secret = pick(properties["GitConfig"], ("SecretArn",))
    site.make(SERVICE, "UpdateCodeRepository", {NAME: held.attributes[NAME], "GitConfig": secret})
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = noun(
    "CodeRepository",
    NAME,
    "GitConfig",
    update=_update,
    replaces="GitConfig.RepositoryUrl GitConfig.Branch",
    required="GitConfig",
)
