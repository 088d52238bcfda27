"""What a CloudFormation action asks of a stack: its template, its parameters, tags and capabilities.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ormer.engines.delivery.actions.contract import Action
from ormer.engines.delivery.artifacts import Broken

JsonDict = dict[str, Any]


def of(action: Action) -> JsonDict:
    """The members that CreateStack, UpdateStack and CreateChangeSet share. Raises Broken."""
    given = action.configuration
    configuration = _configuration(action)
    parameters = {**configuration.get("Parameters", {}), **_overrides(action)}
    request: JsonDict = {
        "StackName": given["StackName"],
        "TemplateBody": action.file(given["TemplatePath"]).decode("utf-8", "replace"),
        "Parameters": [{"ParameterKey": key, "ParameterValue": _text(value)} for key, value in parameters.items()],
        "Tags": [{"Key": key, "Value": _text(value)} for key, value in configuration.get("Tags", {}).items()],
    }
    if given.get("Capabilities"):
        request["Capabilities"] = [one.strip() for one in given["Capabilities"].split(",") if one.strip()]
    if given.get("RoleArn"):
        request["RoleARN"] = given["RoleArn"]
    if configuration.get("StackPolicy") and given["ActionMode"] != "CHANGE_SET_REPLACE":
        request["StackPolicyBody"] = json.dumps(configuration["StackPolicy"])
    return request


def _configuration(action: Action) -> JsonDict:
    """The template configuration file: Parameters, Tags and StackPolicy; {} without one."""
    reference = action.configuration.get("TemplateConfiguration")
    if not reference:
        return {}
    found = _object(action.file(reference), reference)
    for name in ("Parameters", "Tags", "StackPolicy"):
        if not isinstance(found.get(name, {}), Mapping):
            raise Broken(f"{name} in {reference} is not a JSON object.")
    return found


def _overrides(action: Action) -> JsonDict:
    """ParameterOverrides, with what refers to artifacts looked up."""
    text = action.configuration.get("ParameterOverrides")
    if not text:
        return {}
    return {key: _looked_up(action, value) for key, value in _object(text, "ParameterOverrides").items()}


def _looked_up(action: Action, value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"Fn::GetArtifactAtt"}:
        return _attribute(action, *_strings(value["Fn::GetArtifactAtt"], 2, "Fn::GetArtifactAtt"))
    if isinstance(value, Mapping) and set(value) == {"Fn::GetParam"}:
        name, file, key = _strings(value["Fn::GetParam"], 3, "Fn::GetParam")
        found = _object(action.file(f"{name}::{file}"), f"{name}::{file}")
        if key not in found:
            raise Broken(f"{file} of the artifact {name} has no {key}, which Fn::GetParam asks for.")
        return found[key]
    return value


def _attribute(action: Action, name: str, attribute: str) -> str:
    if name not in action.inputs:
        raise Broken(f"Fn::GetArtifactAtt names {name}, which is no input artifact of the action.")
    place = action.inputs[name]
    known = {
        "BucketName": place["bucket"],
        "ObjectKey": place["key"],
        "URL": f"https://s3.amazonaws.com/{place['bucket']}/{place['key']}",
    }
    if attribute not in known:
        raise Broken(f"Fn::GetArtifactAtt knows {', '.join(known)}, not {attribute}.")
    return str(known[attribute])


def _strings(value: Any, count: int, name: str) -> list[str]:
    if not isinstance(value, list) or len(value) != count or not all(isinstance(one, str) for one in value):
        raise Broken(f"{name} takes a list of {count} strings.")
    return value


def _object(text: bytes | str, name: str) -> JsonDict:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Broken(f"{name} does not hold valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Broken(f"{name} is not a JSON object.")
    return found


def _text(value: Any) -> str:
    """A parameter's value as text; lists as CloudFormation writes them."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
