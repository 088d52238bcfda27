"""AWS::IAM::AccessKey: Ref gives its id, Fn::GetAtt its secret."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, STATUS, SECRET = "UserName", "Status", "SecretAccessKey"
ACTIVE = "Active"


def _create(site: Site, properties: JsonDict) -> Made:
    made = site.make("iam", "CreateAccessKey", pick(properties, (NAME,)))["AccessKey"]
    if text_of(properties.get(STATUS, ACTIVE)) != ACTIVE:
        _set(site, made["AccessKeyId"], properties)
    return Made(made["AccessKeyId"], {SECRET: made[SECRET]})


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _set(site, held.physical_id, properties)
    return Made(held.physical_id, held.attributes)


def _set(site: Site, key: str, properties: JsonDict) -> None:
    status = text_of(properties.get(STATUS, ACTIVE))
    site.call("iam", "UpdateAccessKey", {NAME: properties[NAME], "AccessKeyId": key, STATUS: status})


def _delete(site: Site, held: Held) -> None:
    site.call("iam", "DeleteAccessKey", {NAME: held.properties[NAME], "AccessKeyId": held.physical_id})


TYPE = ResourceType(
    "AWS::IAM::AccessKey",
    _create,
    _delete,
    words("Serial", NAME, STATUS),
    _update,
    words("Serial", NAME),
    (NAME,),
    words(SECRET),
    taggable=False,
    iam=True,
)
