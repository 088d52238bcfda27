"""AWS::SageMaker::ModelCard: Ref gives its name."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
NAME, ARN, CONTENT = "ModelCardName", "ModelCardArn", "Content"
CHANGES = (CONTENT, "ModelCardStatus")


def _request(properties: JsonDict) -> JsonDict:
    content = properties[CONTENT]
    return {**properties, CONTENT: content if isinstance(content, str) else json.dumps(content)}


def _create(site: Site, properties: JsonDict) -> Made:
    tags = {"Tags": site.tags} if site.tags else {}
    arn = site.make(SERVICE, "CreateModelCard", _request(properties), **tags)[ARN]
    return Made(properties[NAME], {ARN: arn}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make(SERVICE, "UpdateModelCard", pick(_request(properties), (NAME, *CHANGES)))
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteModelCard", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::SageMaker::ModelCard",
    _create,
    _delete,
    words("SecurityConfig", NAME, *CHANGES),
    _update,
    words("SecurityConfig", NAME),
    (NAME, *CHANGES),
    words(ARN),
    NAME,
)
