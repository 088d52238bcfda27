"""AWS::CodeBuild::Project: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME = "Name"
# Properties that are not members of the project itself.
BESIDE = ("Triggers", "Visibility", "ResourceAccessRole")


def _create(site: Site, properties: JsonDict) -> Made:
    if (properties.get("Triggers") or {}).get("Webhook") not in (None, False, "false"):
        raise Refused("Triggers.Webhook: ormer takes no webhooks; start builds by an AWS::Events::Rule.")
    name = text_of(properties.get(NAME) or site.name(150))
    tags = [{"key": pair["Key"], "value": pair["Value"]} for pair in site.tags]
    request = {**without(properties, *BESIDE), NAME: name}
    made = site.make("codebuild", "CreateProject", request, **({"tags": tags} if tags else {}))["project"]
    arn = str(made["arn"])
    return Made(name, {NAME: name, "Arn": arn, "Id": arn}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make("codebuild", "UpdateProject", {**without(properties, *BESIDE), NAME: held.physical_id})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("codebuild", "DeleteProject", {"name": held.physical_id})


TYPE = ResourceType(
    "AWS::CodeBuild::Project",
    _create,
    _delete,
    words(
        "Artifacts AutoRetryLimit BadgeEnabled BuildBatchConfig Cache ConcurrentBuildLimit Description EncryptionKey "
        "Environment FileSystemLocations LogsConfig Name QueuedTimeoutInMinutes SecondaryArtifacts "
        "SecondarySourceVersions SecondarySources ServiceRole Source SourceVersion TimeoutInMinutes VpcConfig",
        *BESIDE,
    ),
    _update,
    words(NAME),
    ("Artifacts", "Environment", "ServiceRole", "Source"),
    words("Arn Id", NAME),
    NAME,
)
