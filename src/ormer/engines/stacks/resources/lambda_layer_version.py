"""AWS::Lambda::LayerVersion: Ref gives its ARN, with the version's number."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.make("lambda", "PublishLayerVersion", {"LayerName": site.name(), **properties})
    arn = str(made["LayerVersionArn"])
    return Made(arn, {"LayerVersionArn": arn}, arn)


def _delete(site: Site, held: Held) -> None:
    name, _, number = held.physical_id.rpartition(":")
    site.call("lambda", "DeleteLayerVersion", {"LayerName": name, "VersionNumber": int(number)})


TYPE = ResourceType(
    "AWS::Lambda::LayerVersion",
    _create,
    _delete,
    words("CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo"),
    required=("Content",),
    attributes=words("LayerVersionArn"),
    taggable=False,
)
