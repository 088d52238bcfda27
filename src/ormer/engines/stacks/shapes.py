"""Properties put into the shape of a request: CloudFormation's names and texts become an operation's."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.engines.stacks.language.values import text_of


class Misfit(Exception):
    """A property that the request does not have, or that is of another kind; the text names it."""


def fitted(value: Any, shape: Shape | None, where: str = "#") -> Any:
    """The value with members named as the shape names them and scalars of its types.

    Names match whatever their capitals: CloudFormation writes BuildSpec where CodeBuild has buildspec. Raises Misfit.
    """
    if isinstance(shape, StructureShape):
        return _structure(value, shape, where)
    if isinstance(shape, ListShape):
        # One element may stand for a list of one.
        many = value if isinstance(value, list) else [value]
        return [fitted(inner, shape.member, f"{where}/{index}") for index, inner in enumerate(many)]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise Misfit(f"{where}: expected type: JSONObject, found: {_kind(value)}")
        return {key: fitted(inner, shape.value, f"{where}/{key}") for key, inner in value.items()}
    if isinstance(value, dict | list):
        raise Misfit(f"{where}: expected type: String, found: {_kind(value)}")
    return value if shape is None else _scalar(value, shape.type_name, where)


def _structure(value: Any, shape: StructureShape, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misfit(f"{where}: expected type: JSONObject, found: {_kind(value)}")
    names = {name.lower(): name for name in shape.members}
    made = {}
    for key, inner in value.items():
        name = key if key in shape.members else names.get(key.lower())
        if name is None:
            raise Misfit(f"{where}: extraneous key [{key}] is not permitted")
        made[name] = fitted(inner, shape.members[name], f"{where}/{key}")
    return made


def _scalar(value: Any, type_name: str, where: str) -> Any:
    """The scalar as the type has it."""
    if type_name == "string":
        return text_of(value)
    text = text_of(value)
    try:
        if type_name in ("integer", "long"):
            return _whole(text)
        if type_name in ("float", "double"):
            return float(text)
    except (ValueError, OverflowError):
        raise Misfit(f"{where}: expected type: Number, found: {text}") from None
    if type_name == "boolean":
        if text.lower() not in ("true", "false"):
            raise Misfit(f"{where}: expected type: Boolean, found: {text}")
        return text.lower() == "true"
    return value


def _whole(text: str) -> int:
    """A whole number, also written as 1.0; ValueError when it is none."""
    if text.lstrip("-").isdecimal():
        return int(text)
    number = float(text)
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def _kind(value: Any) -> str:
    return "JSONObject" if isinstance(value, dict) else "JSONArray" if isinstance(value, list) else "String"
