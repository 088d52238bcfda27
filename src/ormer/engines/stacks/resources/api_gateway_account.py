"""AWS::ApiGateway::Account: Ref gives a name of the stack's making. What it set stays when it is deleted, as at AWS."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
ROLE = "CloudWatchRoleArn"


def _create(site: Site, properties: JsonDict) -> Made:
    _set(site, properties)
    name = site.name()
    return Made(name, {"Id": name})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _set(site, properties)
    return Made(held.physical_id, held.attributes)


def _set(site: Site, properties: JsonDict) -> None:
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": text_of(properties.get(ROLE, ""))}
    site.call("apigateway", "UpdateAccount", {"patchOperations": [patch]})


def _delete(site: Site, held: Held) -> None:
    """Nothing: another stack may count on the role."""


TYPE = ResourceType(
    "AWS::ApiGateway::Account",
    _create,
    _delete,
    words(ROLE),
    _update,
    attributes=words("Id"),
    taggable=False,
)
