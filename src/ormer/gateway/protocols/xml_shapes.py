"""XML between the wire and ormer, along a shape; shared by query and rest-xml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.gateway.protocols import values

# A carriage return that is not written as a reference is read back as a line feed.
ESCAPES = {"\r": "&#13;"}
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def text(value: str) -> str:
    return escape(value, ESCAPES)


def element(name: str, inner: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{inner}</{name}>"


def write(shape: Shape, value: Any, name: str) -> str:
    """One value as the element `name` (several for a flattened list or map), XML text without declaration."""
    if isinstance(shape, StructureShape):
        return element(name, write_members(shape, value), _attributes(shape, value))
    if isinstance(shape, ListShape):
        if shape.serialization.get("flattened"):
            inner = shape.member.serialization.get("name", name)
            return "".join(write(shape.member, item, inner) for item in value)
        inner = shape.member.serialization.get("name", "member")
        items = "".join(write(shape.member, item, inner) for item in value)
        return element(name, items, _namespace(shape))
    if isinstance(shape, MapShape):
        return _write_map(shape, value, name)
    return element(name, text(values.write_text(shape, value, "iso8601")), _namespace(shape))


def write_members(shape: StructureShape, value: Mapping[str, Any]) -> str:
    """The child elements of a structure; members bound to headers, paths or attributes are left out."""
    parts = []
    for name, item in value.items():
        member = shape.members.get(name)
        if member is None or item is None:
            continue
        serialization = member.serialization
        if serialization.get("location") or serialization.get("xmlAttribute"):
            continue
        parts.append(write(member, item, serialization.get("name", name)))
    return "".join(parts)


def _write_map(shape: MapShape, value: Mapping[str, Any], name: str) -> str:
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    pairs = [write(shape.key, key, key_name) + write(shape.value, item, value_name) for key, item in value.items()]
    if shape.serialization.get("flattened"):
        return "".join(element(name, pair) for pair in pairs)
    return element(name, "".join(element("entry", pair) for pair in pairs), _namespace(shape))


def _attributes(shape: StructureShape, value: Mapping[str, Any]) -> str:
    written = _namespace(shape)
    for name, member in shape.members.items():
        if member.serialization.get("xmlAttribute") and value.get(name) is not None:
            written += f" {member.serialization['name']}={quoteattr(str(value[name]))}"
    return written


def _namespace(shape: Shape) -> str:
    namespace = shape.serialization.get("xmlNamespace")
    if namespace is None:
        return ""
    if isinstance(namespace, str):
        return f" xmlns={quoteattr(namespace)}"
    prefix = f":{namespace['prefix']}" if namespace.get("prefix") else ""
    return f" xmlns{prefix}={quoteattr(namespace['uri'])}"


def loads(body: bytes) -> ElementTree.Element:
    """The root element; document types are refused, because entities are an attack and AWS never needs them."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise AwsError("MalformedXML", "The XML you provided must not declare a document type.")
    try:
        return ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError) as error:
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", f"{message}: {error}") from None


def read(shape: Shape, node: ElementTree.Element) -> Any:
    """One element as the shape's value; namespaces and unknown elements are ignored."""
    if isinstance(shape, StructureShape):
        return _read_structure(shape, node)
    if isinstance(shape, ListShape):
        return [read(shape.member, child) for child in node]
    if isinstance(shape, MapShape):
        return dict(_read_pair(shape, child) for child in node)
    return values.read_text(shape, node.text or "")


def _read_structure(shape: StructureShape, node: ElementTree.Element) -> dict[str, Any]:
    children: dict[str, list[ElementTree.Element]] = {}
    for child in node:
        children.setdefault(_local(child.tag), []).append(child)
    attributes = {_local(name): value for name, value in node.attrib.items()}
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        serialization = member.serialization
        if serialization.get("location"):
            continue
        wire_name = serialization.get("name", name)
        if serialization.get("xmlAttribute"):
            local = wire_name.rpartition(":")[2]
            if local in attributes:
                found[name] = attributes[local]
        elif serialization.get("flattened"):
            elements = children.get(wire_name) or children.get(_flat_name(member, wire_name))
            if elements:
                found[name] = _read_flat(member, elements)
        elif wire_name in children:
            found[name] = read(member, children[wire_name][-1])
    return found


def _flat_name(shape: Shape, default: str) -> str:
    """A flattened list's elements are called by the list's own name, or by its member's."""
    return str(shape.member.serialization.get("name", default)) if isinstance(shape, ListShape) else default


def _read_flat(shape: Shape, elements: list[ElementTree.Element]) -> Any:
    if isinstance(shape, MapShape):
        return dict(_read_pair(shape, child) for child in elements)
    assert isinstance(shape, ListShape)
    return [read(shape.member, child) for child in elements]


def _read_pair(shape: MapShape, node: ElementTree.Element) -> tuple[Any, Any]:
    by_name = {_local(child.tag): child for child in node}
    key = by_name.get(shape.key.serialization.get("name", "key"))
    value = by_name.get(shape.value.serialization.get("name", "value"))
    if key is None or value is None:
        raise AwsError("MalformedXML", "A map's entry must hold a key and a value.")
    return read(shape.key, key), read(shape.value, value)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
