"""AWS::SecretsManager::ResourcePolicy: Ref and Id give the secret's ARN."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    policy = properties["ResourcePolicy"]
    request: JsonDict = {
        "SecretId": text_of(properties["SecretId"]),
        "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
    }
    if text_of(properties.get("BlockPublicPolicy", False)).lower() == "true":
        request["BlockPublicPolicy"] = True
    arn = str(site.call("secretsmanager", "PutResourcePolicy", request)["ARN"])
    return Made(arn, {"Id": arn})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return _create(site, properties)


def _delete(site: Site, held: Held) -> None:
    site.call("secretsmanager", "DeleteResourcePolicy", {"SecretId": held.physical_id})


TYPE = ResourceType(
    "AWS::SecretsManager::ResourcePolicy",
    _create,
    _delete,
    words("BlockPublicPolicy ResourcePolicy SecretId"),
    _update,
    words("SecretId"),
    ("ResourcePolicy", "SecretId"),
    words("Id"),
    taggable=False,
)
