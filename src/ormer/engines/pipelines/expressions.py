"""Functions of the definition language: `Get`, `Std:Join` and `Std:JsonGet`, wherever they stand in a document.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html and
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ormer.engines.pipelines import paths

GET = "Get"
JOIN = "Std:Join"
JSON_GET = "Std:JsonGet"
SCOPES = ("Parameters", "Execution", "Steps")
EXECUTION_VARIABLES = frozenset(
    {
        "PipelineName",
        "PipelineArn",
        "PipelineExecutionId",
        "PipelineExecutionArn",
        "StartDateTime",
        "CurrentDateTime",
        "TrainingJobName",
        "ProcessingJobName",
    }
)
PROPERTY_FILES = "PropertyFiles"


class Unresolved(Exception):
    """A function has no value at run time; the text is the step's FailureReason."""


@dataclass(frozen=True)
class Reference:
    """A `Get` taken apart: `Steps.Train.ModelArtifacts.S3ModelArtifacts` has scope Steps, name Train and a path."""

    text: str
    scope: str
    name: str
    path: tuple[str | int, ...] = ()


class Values(Protocol):
    """Where a function's values come from."""

    def parameter(self, name: str) -> Any: ...

    def variable(self, name: str) -> Any: ...

    def properties(self, step: str) -> Any: ...

    def property_file(self, step: str, name: str) -> Any: ...

    def json_object(self, uri: str) -> Any: ...


def is_function(value: Any) -> bool:
    """Whether this is one of the language's functions rather than a document's own object."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return (name == GET and isinstance(value[GET], str)) or name in (JOIN, JSON_GET)


def unquoted(value: Any) -> Any:
    """The function that a text is the JSON of; any other value as it is."""
    if not (isinstance(value, str) and value.startswith("{")):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if is_function(found) else value


def reference(text: str) -> Reference:
    """Take a Get's text apart. ValueError when it is none."""
    scope, _, rest = text.partition(".")
    if scope not in SCOPES or not rest:
        raise ValueError(f"{text!r} must start with Parameters., Execution. or Steps.")
    if scope != "Steps":
        return Reference(text, scope, rest)
    # A step's name ends at the first dot or bracket: names are letters, digits, hyphens and underscores.
    cut = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
    if cut == 0:
        raise ValueError(f"{text!r} names no step")
    return Reference(text, scope, rest[:cut], paths.tokens(rest[cut:].removeprefix(".")))


def references(value: Any) -> Iterator[Reference]:
    """Every reference in a document, functions' arguments included. ValueError at a malformed one."""
    if isinstance(value, dict):
        if is_function(value) and GET in value:
            yield reference(value[GET])
            return
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def faults(value: Any) -> Iterator[str]:
    """What is wrong with the functions of a document, apart from what they refer to."""
    if isinstance(value, list):
        for inner in value:
            yield from faults(inner)
    if not isinstance(value, dict):
        return
    if is_function(value) and GET not in value:
        ((name, argument),) = value.items()
        if not isinstance(argument, dict):
            yield f"{name} needs an object, not {argument!r}"
            return
        if name == JOIN and not isinstance(argument.get("Values"), list):
            yield "Std:Join needs a list of Values"
        if name == JSON_GET:
            yield from _json_get_faults(argument)
    for inner in value.values():
        yield from faults(inner)


def _json_get_faults(argument: dict[str, Any]) -> Iterator[str]:
    if ("PropertyFile" in argument) == ("S3Uri" in argument):
        yield "Std:JsonGet needs either PropertyFile or S3Uri"
        return
    if "S3Uri" in argument:
        return
    source = argument["PropertyFile"]
    text = source.get(GET) if isinstance(source, dict) else None
    if not isinstance(text, str) or f".{PROPERTY_FILES}." not in text:
        yield f"PropertyFile of Std:JsonGet must be a Get of Steps.NAME.{PROPERTY_FILES}.FILE, not {source!r}"


def resolve(value: Any, values: Values) -> Any:
    """The document with every function replaced by its value and every null member left out. Raises Unresolved."""
    if isinstance(value, dict):
        if is_function(value):
            return _call(value, values)
        resolved = {key: resolve(inner, values) for key, inner in value.items() if inner is not None}
        return {key: inner for key, inner in resolved.items() if inner is not None}
    if isinstance(value, list):
        return [resolve(inner, values) for inner in value]
    return value


def text_of(value: Any) -> str:
    """A value as it stands in joined text: JSON's words for truth, no quotes around text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _call(function: dict[str, Any], values: Values) -> Any:
    ((name, argument),) = function.items()
    if name == GET:
        return _get(reference(argument), values)
    if name == JOIN:
        return text_of(resolve(argument.get("On", ""), values)).join(
            text_of(resolve(inner, values)) for inner in argument["Values"]
        )
    return _json_get(argument, values)


def _get(wanted: Reference, values: Values) -> Any:
    if wanted.scope == "Parameters":
        return values.parameter(wanted.name)
    if wanted.scope == "Execution":
        return values.variable(wanted.name)
    try:
        return paths.dig(values.properties(wanted.name), wanted.path)
    except paths.NoSuchPath as error:
        raise Unresolved(f"Step '{wanted.name}' has no property for {wanted.text}: {error}.") from None


def _json_get(argument: dict[str, Any], values: Values) -> Any:
    path = text_of(resolve(argument.get("Path", "$"), values))
    if "PropertyFile" in argument:
        source = reference(argument["PropertyFile"][GET])
        what = f"property file '{source.path[1]}' of step '{source.name}'"
        document = values.property_file(source.name, str(source.path[1]))
    else:
        uri = text_of(resolve(argument["S3Uri"], values))
        what = uri
        document = values.json_object(uri)
    try:
        return paths.query(document, path)
    except (ValueError, paths.NoSuchPath) as error:
        raise Unresolved(f"Std:JsonGet finds nothing at path '{path}' in {what}: {error}.") from None
