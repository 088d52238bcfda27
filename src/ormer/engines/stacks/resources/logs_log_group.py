"""AWS::Logs::LogGroup: Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, RETENTION, KEY = "LogGroupName", "RetentionInDays", "KmsKeyId"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(512))
    site.make("logs", "CreateLogGroup", {NAME: name, **pick(properties, (KEY, "LogGroupClass"))})
    if RETENTION in properties:
        site.make("logs", "PutRetentionPolicy", {NAME: name, RETENTION: properties[RETENTION]})
    arn = arns.arn("logs", site.region, site.account, f"log-group:{name}")
    return Made(name, {NAME: name, "Arn": f"{arn}:*"}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    if RETENTION in properties:
        site.make("logs", "PutRetentionPolicy", {NAME: held.physical_id, RETENTION: properties[RETENTION]})
    elif RETENTION in held.properties:
        site.make("logs", "DeleteRetentionPolicy", {NAME: held.physical_id})
    if KEY in properties and properties[KEY] != held.properties.get(KEY):
        site.make("logs", "AssociateKmsKey", {NAME: held.physical_id, KEY: properties[KEY]})
    elif KEY in held.properties and KEY not in properties:
        site.make("logs", "DisassociateKmsKey", {NAME: held.physical_id})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.make("logs", "DeleteLogGroup", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::Logs::LogGroup",
    _create,
    _delete,
    words(NAME, RETENTION, KEY, "LogGroupClass"),
    _update,
    words(NAME, "LogGroupClass"),
    attributes=words("Arn", NAME),
    named_by=NAME,
)
