"""Requests and answers between a definition's words and an operation's: names in capitals, scalars by type.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.aws.clock import iso_seconds
from ormer.engines.state_machines.language.faults import RUNTIME, Fault

JsonDict = dict[str, Any]
# What the port returns beside an answer.
APART = frozenset(("ResponseMetadata",))


def request(value: Any, shape: Shape | None) -> JsonDict:
    """A task's parameters as the operation's request. Raises Fault for members that it does not have."""
    if not isinstance(value, Mapping):
        raise Fault(RUNTIME, f"The Parameters of a task must be an object: {str(value)[:200]}")
    made: JsonDict = _fitted(value, shape, "")
    return made


def answer(value: Any, shape: Shape | None, milliseconds: bool) -> Any:
    """An operation's answer as a task's result. milliseconds: times are numbers, as in events; else ISO texts."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            _capital(name): answer(inner, shape.members.get(name), milliseconds)
            for name, inner in value.items()
            if inner is not None and name not in APART
        }
    if isinstance(shape, ListShape) and isinstance(value, list | tuple):
        return [answer(each, shape.member, milliseconds) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: answer(inner, shape.value, milliseconds) for name, inner in value.items()}
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, int | float):
        return int(value * 1000) if milliseconds else iso_seconds(value)
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    return value


def _fitted(value: Any, shape: Shape | None, where: str) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = {name.lower(): name for name in shape.members}
        made: JsonDict = {}
        for name, inner in value.items():
            own = known.get(name.lower())
            if own is None:
                raise Fault(RUNTIME, f"The field '{where}{name}' is not supported by {shape.name}.")
            if inner is not None:
                made[own] = _fitted(inner, shape.members[own], f"{where}{name}.")
        return made
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_fitted(each, shape.member, where) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: _fitted(inner, shape.value, f"{where}{name}.") for name, inner in value.items()}
    return _scalar(value, shape)


def _scalar(value: Any, shape: Shape | None) -> Any:
    kind = shape.type_name if shape is not None else ""
    if kind == "blob":
        return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode()
    # An object where a text belongs is sent as JSON: messages, inputs and details of events are written so.
    if kind == "string" and isinstance(value, Mapping | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind == "string" and isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        return value
    try:
        if kind in ("integer", "long"):
            return int(value)
        if kind in ("float", "double"):
            return float(value)
    except ValueError:
        return value
    return value.lower() == "true" if kind == "boolean" and value.lower() in ("true", "false") else value


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
