"""AWS::SageMaker::ImageVersion: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import switched
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
NAME, BASE, ARN, VERSION = "ImageName", "BaseImage", "ImageVersionArn", "Version"
TOKEN_LENGTH = 36
TOLD = ("Horovod", "JobType", "MLFramework", "Processor", "ProgrammingLang", "ReleaseNotes", "VendorGuidance")


def _aliases(properties: JsonDict) -> list[str]:
    given = [properties["Alias"]] if properties.get("Alias") else []
    return [text_of(one) for one in [*given, *(properties.get("Aliases") or ())]]


def _create(site: Site, properties: JsonDict) -> Made:
    asked = {
        **pick(properties, (NAME, BASE, *TOLD)),
        "Aliases": _aliases(properties),
        "ClientToken": site.token()[:TOKEN_LENGTH],
    }
    made = site.make(SERVICE, "CreateImageVersion", asked)[ARN]
    number = int(made.rpartition("/")[2])
    found = site.make(SERVICE, "DescribeImageVersion", {NAME: properties[NAME], VERSION: number})
    attributes = {**pick(found, (ARN, "ContainerImage", "ImageArn")), VERSION: str(number)}
    return Made(made, attributes, made)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    added, gone = switched(_aliases(held.properties), _aliases(properties))
    lists = {name: some for name, some in (("AliasesToAdd", added), ("AliasesToDelete", gone)) if some}
    place = {NAME: properties[NAME], VERSION: held.attributes[VERSION]}
    site.make(SERVICE, "UpdateImageVersion", {**place, **pick(properties, TOLD), **lists})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DeleteImageVersion", {NAME: held.properties[NAME], VERSION: held.attributes[VERSION]})


TYPE = ResourceType(
    "AWS::SageMaker::ImageVersion",
    _create,
    _delete,
    words("Alias Aliases", NAME, BASE, *TOLD),
    _update,
    words(NAME, BASE),
    (NAME, BASE),
    words("ContainerImage ImageArn", ARN, VERSION),
    taggable=False,
)
