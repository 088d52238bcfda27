"""AWS::StepFunctions::StateMachine: Ref gives its ARN.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE, NAME = "stepfunctions", "StateMachineName"
DEFINITIONS = ("DefinitionString", "Definition", "DefinitionS3Location")
SETTINGS = ("LoggingConfiguration", "TracingConfiguration")
PLACE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
NAME_LENGTH_MAX = 80


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    request = {"Name": name, **pick(properties, ("RoleArn", *SETTINGS)), "Definition": _definition(site, properties)}
    if "StateMachineType" in properties:
        request["Type"] = properties["StateMachineType"]
    made = site.make(SERVICE, "CreateStateMachine", request)
    return _made(site, str(made["stateMachineArn"]), name)


def _made(site: Site, arn: str, name: str) -> Made:
    revision = site.call(SERVICE, "DescribeStateMachine", {"stateMachineArn": arn})["revisionId"]
    return Made(arn, {"Arn": arn, "Name": name, "StateMachineRevisionId": revision}, arn)


def _definition(site: Site, properties: JsonDict) -> str:
    """The definition's text with its substitutions. Raises Refused."""
    given = [name for name in DEFINITIONS if name in properties]
    if len(given) != 1:
        raise Refused(f"{site.logical_id}: give exactly one of {', '.join(DEFINITIONS)}.")
    value = properties[given[0]]
    if given[0] == "Definition":
        text = json.dumps(value)
    elif given[0] == "DefinitionString":
        text = text_of(value)
    else:
        text = _stored(site, value)
    substitutions = properties.get("DefinitionSubstitutions") or {}
    return PLACE.sub(lambda found: text_of(substitutions.get(found[1], found[0])), text)


def _stored(site: Site, place: JsonDict) -> str:
    """The text of an object, in JSON whichever of the two languages it is in. Raises Refused."""
    where = {"Bucket": text_of(place.get("Bucket")), "Key": text_of(place.get("Key"))}
    if place.get("Version"):
        where["VersionId"] = text_of(place["Version"])
    body = site.call("s3", "GetObject", where)["Body"]
    if not isinstance(body, bytes | bytearray):
        body = body.read() if hasattr(body, "read") else b"".join(body)
    text = bytes(body).decode(errors="replace")
    if text.lstrip().startswith("{"):
        return text
    try:
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise Refused(f"s3://{where['Bucket']}/{where['Key']}: YAML aliases are not read.")
        return json.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str)
    except yaml.YAMLError as error:
        raise Refused(f"s3://{where['Bucket']}/{where['Key']} holds no definition: {error}") from None


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    request = {**pick(properties, ("RoleArn", *SETTINGS)), "Definition": _definition(site, properties)}
    site.make(SERVICE, "UpdateStateMachine", {"StateMachineArn": held.physical_id, **request})
    return _made(site, held.physical_id, str(held.attributes["Name"]))


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteStateMachine", {"stateMachineArn": held.physical_id})


TYPE = ResourceType(
    "AWS::StepFunctions::StateMachine",
    _create,
    _delete,
    words("DefinitionSubstitutions RoleArn StateMachineType", NAME, *DEFINITIONS, *SETTINGS),
    _update,
    words("StateMachineType", NAME),
    ("RoleArn",),
    words("Arn Name StateMachineRevisionId"),
    NAME,
)
