"""AWS::Lambda::Version: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
REQUEST = ("FunctionName", "CodeSha256", "Description")


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.make("lambda", "PublishVersion", pick(properties, REQUEST))
    arn = str(made["FunctionArn"])
    return Made(arn, {"Version": made["Version"], "FunctionArn": arn}, arn)


def _delete(site: Site, held: Held) -> None:
    site.call("lambda", "DeleteFunction", {"FunctionName": held.physical_id})


TYPE = ResourceType(
    "AWS::Lambda::Version",
    _create,
    _delete,
    words("ProvisionedConcurrencyConfig RuntimePolicy", *REQUEST),
    required=("FunctionName",),
    attributes=words("Version FunctionArn"),
    taggable=False,
)
