"""AWS::SageMaker::Domain: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
ID, ARN, SETTINGS = "DomainId", "DomainArn", "DomainSettings"
FIXED = ("AuthMode", "DomainName", "KmsKeyId")
CHANGES = (
    "AppNetworkAccessType",
    "AppSecurityGroupManagement",
    "DefaultSpaceSettings",
    "DefaultUserSettings",
    "SubnetIds",
    "TagPropagation",
    "VpcId",
)


def _create(site: Site, properties: JsonDict) -> Made:
    tags = {"Tags": site.tags} if site.tags else {}
    made = site.make(SERVICE, "CreateDomain", properties, **tags)
    return Made(made[ID], pick(made, (ID, ARN)), made[ARN])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = pick(properties, CHANGES)
    if SETTINGS in properties:
        change["DomainSettingsForUpdate"] = properties[SETTINGS]
    site.make(SERVICE, "UpdateDomain", {ID: held.physical_id, **change})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteDomain", {ID: held.physical_id})


TYPE = ResourceType(
    "AWS::SageMaker::Domain",
    _create,
    _delete,
    words(SETTINGS, *FIXED, *CHANGES),
    _update,
    words("DomainSettings.RStudioServerProDomainSettings.DefaultResourceSpec VpcId", *FIXED),
    ("AuthMode", "DefaultUserSettings", "DomainName"),
    words(ID, ARN),
)
