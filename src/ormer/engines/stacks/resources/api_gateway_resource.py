"""AWS::ApiGateway::Resource: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
REQUIRED = ("ParentId", "PathPart", "RestApiId")


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.make("apigateway", "CreateResource", properties)
    return Made(str(made["id"]), {"ResourceId": made["id"]})


def _delete(site: Site, held: Held) -> None:
    request = {"restApiId": held.properties["RestApiId"], "resourceId": held.physical_id}
    site.call("apigateway", "DeleteResource", request)


TYPE = ResourceType(
    "AWS::ApiGateway::Resource",
    _create,
    _delete,
    words(*REQUIRED),
    required=REQUIRED,
    attributes=words("ResourceId"),
    taggable=False,
)
