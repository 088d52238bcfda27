"""AWS::SageMaker::Image: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
NAME, ARN = "ImageName", "ImageArn"
MEMBERS = {"ImageDescription": "Description", "ImageDisplayName": "DisplayName", "ImageRoleArn": "RoleArn"}


def _request(properties: JsonDict) -> JsonDict:
    return {member: properties[name] for name, member in MEMBERS.items() if name in properties}


def _create(site: Site, properties: JsonDict) -> Made:
    tags = {"Tags": site.tags} if site.tags else {}
    made = site.make(SERVICE, "CreateImage", {NAME: properties[NAME], **_request(properties)}, **tags)[ARN]
    return Made(made, {ARN: made}, made)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    gone = [member for name, member in MEMBERS.items() if name in held.properties and name not in properties]
    asked = {NAME: properties[NAME], **_request(properties), **({"DeleteProperties": gone} if gone else {})}
    site.make(SERVICE, "UpdateImage", asked)
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DeleteImage", {NAME: held.properties[NAME]})


TYPE = ResourceType(
    "AWS::SageMaker::Image",
    _create,
    _delete,
    words(NAME, *MEMBERS),
    _update,
    words(NAME),
    (NAME, "ImageRoleArn"),
    words(ARN),
    NAME,
)
