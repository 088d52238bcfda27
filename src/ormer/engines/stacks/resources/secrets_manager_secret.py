"""AWS::SecretsManager::Secret: Ref and Id give its ARN. GenerateSecretString makes a password nobody thought of."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick, without
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, STRING, GENERATED = "Name", "SecretString", "GenerateSecretString"
# Members of GenerateSecretString that are not GetRandomPassword's.
TEMPLATE, KEY = "SecretStringTemplate", "GenerateStringKey"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(250))
    words_ = pick(properties, ("Description", "KmsKeyId"))
    # Without a value it is an empty text, as CloudFormation makes it.
    value = _value(site, properties) or {STRING: "{}"}
    made = site.make("secretsmanager", "CreateSecret", {**words_, **value, NAME: name}, ClientRequestToken=site.token())
    return _made(str(made["ARN"]), name)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = pick(properties, ("Description", "KmsKeyId"))
    differs = any(plain(properties.get(key)) != plain(held.properties.get(key)) for key in (STRING, GENERATED))
    value = _value(site, properties) if differs else {}
    if value or change:
        site.make("secretsmanager", "UpdateSecret", {**change, **value, "SecretId": held.arn})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    # A stack that is made anew may give a secret the same name.
    site.call("secretsmanager", "DeleteSecret", {"SecretId": held.arn, "ForceDeleteWithoutRecovery": True})


def _value(site: Site, properties: JsonDict) -> JsonDict:
    if STRING in properties and GENERATED in properties:
        raise Refused("You can't specify both SecretString and GenerateSecretString.")
    if STRING in properties:
        return {STRING: text_of(properties[STRING])}
    if GENERATED not in properties:
        return {}
    given = properties[GENERATED]
    password = site.make("secretsmanager", "GetRandomPassword", without(given, TEMPLATE, KEY))["RandomPassword"]
    if (TEMPLATE in given) != (KEY in given):
        raise Refused(f"{TEMPLATE} and {KEY} go together.")
    if TEMPLATE not in given:
        return {STRING: password}
    try:
        whole = json.loads(text_of(given[TEMPLATE]))
        return {STRING: json.dumps({**whole, text_of(given[KEY]): password}, separators=(",", ":"))}
    except (ValueError, TypeError):
        raise Refused(f"{TEMPLATE} is not a JSON object.") from None


def _made(arn: str, name: str) -> Made:
    return Made(arn, {"Id": arn, NAME: name}, arn)


TYPE = ResourceType(
    "AWS::SecretsManager::Secret",
    _create,
    _delete,
    words("Description GenerateSecretString KmsKeyId Name SecretString"),
    _update,
    words(NAME),
    attributes=words("Id"),
    named_by=NAME,
)
