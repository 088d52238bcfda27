"""JSON trees between the wire and ormer, along a shape; shared by json, rest-json and event streams."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.gateway.protocols import values

Walk = Callable[[Any], Any]
# Makes a structure's walk from its members' walks and their names on the wire.
StructureWalk = Callable[[Mapping[str, Walk], Mapping[str, str]], Walk]

# More than the inputs and outputs of all services together.
SHAPES_MAX = 16_384


def loads(body: bytes) -> Any:
    """The JSON value of a body; an empty body is an empty structure."""
    if not body:
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise values.malformed(f"The request body is not valid JSON: {error}") from None


def dumps(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode()


def read(shape: Shape, node: Any) -> Any:
    """A JSON tree as parameters: unknown members and nulls dropped, timestamps as seconds, blobs as bytes.

    A value of the wrong JSON type is left as it is: `aws/checks.py` refuses it in AWS's words.
    """
    return _reader(shape)(node)


def write(shape: Shape, value: Any) -> Any:
    """A result as a JSON tree; members the shape does not have are left out."""
    return _writer(shape)(value)


def read_named(shape: Shape, node: Any) -> Any:
    """As `read`, for a tree in the model's own member names, whatever they are called on the wire."""
    return _reader(shape, True)(node)


def write_named(shape: Shape, value: Any) -> Any:
    """As `write`, in the model's own member names, with timestamps as ISO texts."""
    return _writer(shape, True)(value)


# Shapes live as long as the models, so their compiled walks may too: a list of a hundred summaries costs no lookups.
@lru_cache(maxsize=SHAPES_MAX)
def _reader(shape: Shape, named: bool = False) -> Walk:
    return _compile(shape, _structure_reader, _scalar_reader, {}, named)


@lru_cache(maxsize=SHAPES_MAX)
def _writer(shape: Shape, named: bool = False) -> Walk:
    return _compile(shape, _structure_writer, _named_scalar_writer if named else _scalar_writer, {}, named)


def _compile(
    shape: Shape, structure: StructureWalk, scalar: Callable[[Shape], Walk], made: dict[str, Walk], named: bool
) -> Walk:
    """The walk over one shape; `made` holds those under construction, so that recursive shapes end.

    named: members go by their names in the model, not by those on the wire.
    """
    key = f"{shape.name} {sorted(shape.serialization.items(), key=str)}"
    if key in made:
        return made[key]
    made[key] = lambda value: made[key](value)
    if isinstance(shape, StructureShape):
        walks = {name: _compile(member, structure, scalar, made, named) for name, member in shape.members.items()}
        names = {
            name: name if named else str(member.serialization.get("name", name))
            for name, member in shape.members.items()
        }
        made[key] = _same if shape.is_document_type else structure(walks, names)
    elif isinstance(shape, ListShape):
        made[key] = _list_walk(_compile(shape.member, structure, scalar, made, named))
    elif isinstance(shape, MapShape):
        made[key] = _map_walk(_compile(shape.value, structure, scalar, made, named))
    else:
        made[key] = scalar(shape)
    return made[key]


def _same(value: Any) -> Any:
    return value


def _list_walk(inner: Walk) -> Walk:
    def walk(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [None if item is None else inner(item) for item in value]

    return walk


def _map_walk(inner: Walk) -> Walk:
    def walk(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: inner(item) for key, item in value.items() if item is not None}

    return walk


def _structure_reader(walks: Mapping[str, Walk], names: Mapping[str, str]) -> Walk:
    members = {names[name]: (name, walk) for name, walk in walks.items()}

    def walk(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        found = {}
        for wire_name, item in node.items():
            known = members.get(wire_name)
            if known is not None and item is not None:
                found[known[0]] = known[1](item)
        return found

    return walk


def _structure_writer(walks: Mapping[str, Walk], names: Mapping[str, str]) -> Walk:
    members = {name: (names[name], walk) for name, walk in walks.items()}

    def walk(value: Any) -> Any:
        written = {}
        for name, item in value.items():
            known = members.get(name)
            if known is not None and item is not None:
                written[known[0]] = known[1](item)
        return written

    return walk


def _scalar_reader(shape: Shape) -> Walk:
    kind = shape.type_name
    if kind == "timestamp":
        return lambda node: values.read_timestamp(node) if isinstance(node, str | int | float) else node
    if kind == "blob":
        return lambda node: values.read_blob(node) if isinstance(node, str) else node
    if kind in ("float", "double"):
        return lambda node: float(node) if node in ("NaN", "Infinity", "-Infinity") else node
    return _same


def _scalar_writer(shape: Shape) -> Walk:
    kind = shape.type_name
    if kind == "timestamp":
        form = values.timestamp_kind(shape, "unixTimestamp")
        return lambda value: values.write_timestamp(value, form)
    if kind == "blob":
        return values.write_blob
    if kind in ("float", "double"):
        return _write_float
    return _same


def _named_scalar_writer(shape: Shape) -> Walk:
    if shape.type_name == "timestamp":
        return lambda value: values.write_timestamp(value, "iso8601")
    return _scalar_writer(shape)


def _write_float(value: Any) -> Any:
    """JSON has no words for what is not finite; AWS writes them as text."""
    return values.write_float_text(value) if isinstance(value, float) and not math.isfinite(value) else value
