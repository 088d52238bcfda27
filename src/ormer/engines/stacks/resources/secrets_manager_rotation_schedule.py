"""AWS::SecretsManager::RotationSchedule: a function rotates a secret; Ref and Id give the secret's ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
IMMEDIATELY = "RotateImmediatelyOnUpdate"


def _create(site: Site, properties: JsonDict) -> Made:
    return _rotate(site, properties, immediately=True)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    wanted = text_of(properties.get(IMMEDIATELY, True)).lower() == "true"
    return _rotate(site, properties, immediately=wanted)


def _rotate(site: Site, properties: JsonDict, immediately: bool) -> Made:
    if "HostedRotationLambda" in properties:
        raise Refused("Functions of AWS's own do not rotate secrets here: give RotationLambdaARN.")
    request = pick(properties, ("RotationLambdaARN", "RotationRules", "SecretId"))
    made = site.make("secretsmanager", "RotateSecret", request, RotateImmediately=immediately)
    arn = str(made["ARN"])
    return Made(arn, {"Id": arn})


def _delete(site: Site, held: Held) -> None:
    site.call("secretsmanager", "CancelRotateSecret", {"SecretId": held.physical_id})


TYPE = ResourceType(
    "AWS::SecretsManager::RotationSchedule",
    _create,
    _delete,
    words("HostedRotationLambda RotationLambdaARN RotationRules SecretId", IMMEDIATELY),
    _update,
    words("SecretId"),
    ("SecretId",),
    words("Id"),
    taggable=False,
)
