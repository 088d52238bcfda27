"""AWS::SageMaker::ModelPackageGroup, with its resource policy."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Site, without
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, creating, noun

JsonDict = dict[str, Any]
NAME, POLICY = "ModelPackageGroupName", "ModelPackageGroupPolicy"
CREATE = creating("ModelPackageGroup", NAME, "ModelPackageGroupArn", ("CreationTime", "ModelPackageGroupStatus"))


def _create(site: Site, properties: JsonDict) -> Made:
    made = CREATE(site, without(properties, POLICY))
    if POLICY in properties:
        _put_policy(site, made.attributes[NAME], properties[POLICY])
    return made


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = held.attributes[NAME]
    if POLICY in properties:
        _put_policy(site, name, properties[POLICY])
    elif POLICY in held.properties:
        site.call(SERVICE, "DeleteModelPackageGroupPolicy", {NAME: name})
    return Made(held.physical_id, held.attributes, held.arn)


def _put_policy(site: Site, name: str, policy: Any) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    site.call(SERVICE, "PutModelPackageGroupPolicy", {NAME: name, "ResourcePolicy": text})


TYPE = noun(
    "ModelPackageGroup",
    NAME,
    f"ModelPackageGroupDescription {POLICY}",
    attributes="CreationTime ModelPackageGroupStatus",
    create=_create,
    update=_update,
    replaces="ModelPackageGroupDescription",
    required=NAME,
)
