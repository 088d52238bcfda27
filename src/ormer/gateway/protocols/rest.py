"""What rest-json and rest-xml share: parameters in the path, the query and headers, and a payload member."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from ormer.gateway.messages import Request
from ormer.gateway.protocols import values


@lru_cache(maxsize=2048)
def path_pattern(template: str) -> re.Pattern[str]:
    """A route template as a pattern over the raw path, with one group per label; `{Key+}` takes slashes too.

    A slash at the end makes no difference, except to a greedy label, whose value it belongs to.
    """
    pattern, names = "", []
    for part in re.split(r"(\{[^}]+\})", template.partition("?")[0].rstrip("/")):
        if part.startswith("{"):
            names.append(part.strip("{}+"))
            pattern += f"(?P<{_group(len(names))}>{'.+' if part.endswith('+}') else '[^/]+'})"
        else:
            pattern += re.escape(part)
    return re.compile(pattern + ("" if template.endswith("+}") else "/?"), re.DOTALL)


def _group(place: int) -> str:
    return f"label{place}"


@lru_cache(maxsize=2048)
def label_names(template: str) -> tuple[str, ...]:
    return tuple(label.strip("+") for label in re.findall(r"\{([^}]+)\}", template.partition("?")[0]))


def read_labels(operation: OperationModel, request: Request) -> dict[str, str]:
    """The decoded path labels by wire name; none when the path does not fit."""
    template = operation.http["requestUri"]
    match = path_pattern(template).fullmatch(request.route_path)
    return dict(zip(label_names(template), map(unquote, match.groups()), strict=True)) if match else {}


class Binding(NamedTuple):
    """A member that stands outside the body: where, and under which name (headers: in lower case)."""

    name: str
    member: Shape
    location: str
    wire_name: str


@lru_cache(maxsize=4096)
def bindings(shape: StructureShape) -> tuple[Binding, ...]:
    """The members of a shape that stand outside the body, in the model's order."""
    found = []
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location is not None:
            wire_name = member.serialization.get("name", name)
            found.append(Binding(name, member, location, wire_name.lower() if "header" in location else wire_name))
    return tuple(found)


def read_bindings(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The parameters that stand outside the body."""
    shape = operation.input_shape
    if shape is None:
        return {}
    labels = read_labels(operation, request)
    taken = literal_query(operation.http["requestUri"]) | _bound_queries(shape) if request.query else frozenset()
    found: dict[str, Any] = {}
    for name, member, location, wire_name in bindings(shape):
        if location == "uri" and wire_name in labels:
            found[name] = values.read_text(member, labels[wire_name])
        elif location == "querystring" and request.query:
            _read_query(found, name, member, wire_name, request, taken)
        elif location == "header" and wire_name in request.headers:
            found[name] = read_header(member, request.headers[wire_name])
        elif location == "headers":
            size = len(wire_name)
            chosen = {key[size:]: value for key, value in request.headers.items() if key.startswith(wire_name)}
            if chosen:
                found[name] = chosen
    return found


@lru_cache(maxsize=4096)
def _bound_queries(shape: StructureShape) -> frozenset[str]:
    return frozenset(
        bound.wire_name
        for bound in bindings(shape)
        if bound.location == "querystring" and bound.member.type_name != "map"
    )


def _read_query(
    found: dict[str, Any], name: str, member: Shape, wire_name: str, request: Request, taken: frozenset[str]
) -> None:
    """Put one query-bound member into `found` when the query has it; a map takes every name nobody else binds."""
    if member.type_name == "map":
        rest = [(key, value) for key, value in request.query if key not in taken]
        if rest and member.value.type_name == "list":
            found[name] = {key: [value for other, value in rest if other == key] for key, _ in rest}
        elif rest:
            found[name] = dict(rest)
        return
    sent = [value for key, value in request.query if key == wire_name]
    if not sent:
        return
    if isinstance(member, ListShape):
        found[name] = [values.read_text(member.member, value) for value in sent]
    else:
        found[name] = values.read_text(member, sent[0])


@lru_cache(maxsize=2048)
def literal_query(template: str) -> frozenset[str]:
    """The query names a route template itself names: `tagging` of `/{Bucket}?tagging`."""
    return frozenset(part.partition("=")[0] for part in template.partition("?")[2].split("&") if part)


def read_header(shape: Shape, value: str) -> Any:
    """A header's text as the shape's value."""
    if isinstance(shape, ListShape):
        return [values.read_text(shape.member, item) for item in split_list(value, shape.member)]
    if shape.serialization.get("jsonvalue"):
        try:
            return json.loads(values.read_blob(value))
        except ValueError:
            raise values.malformed("the header must be base64 of JSON") from None
    return values.read_text(shape, value)


def split_list(value: str, member: Shape) -> list[str]:
    """A header list's items; quoted items may hold commas, and RFC 822 dates hold one each."""
    if member.type_name == "timestamp" and member.serialization.get("timestampFormat", "rfc822") == "rfc822":
        parts = [part.strip() for part in value.split(",")]
        return [", ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    items = re.findall(r'\s*(?:"((?:\\.|[^"\\])*)"|([^,]*))\s*(?:,|$)', value)
    found = [quoted.replace('\\"', '"') if quoted else plain.strip() for quoted, plain in items]
    # The pattern matches the empty end once more.
    return found[:-1] if found and found[-1] == "" and not value.endswith(",") else found


def write_bindings(shape: StructureShape | None, result: dict[str, Any]) -> tuple[int | None, dict[str, str]]:
    """Status (None: the model's own) and headers of an answer."""
    status: int | None = None
    headers: dict[str, str] = {}
    for name, member, location, wire_name in bindings(shape) if shape is not None else ():
        value = result.get(name)
        if value is None:
            continue
        if location == "statusCode":
            status = int(value)
        elif location == "headers":
            headers.update({wire_name + key: str(item) for key, item in value.items()})
        elif location == "header":
            headers[wire_name] = write_header(member, value)
    return status, headers


def write_header(shape: Shape, value: Any) -> str:
    if isinstance(shape, ListShape):
        return ",".join(write_header(shape.member, item) for item in value)
    if shape.serialization.get("jsonvalue"):
        return values.write_blob(json.dumps(value))
    return values.write_text(shape, value, "rfc822")


def read_body(
    operation: OperationModel, request: Request, read: Callable[[Shape, bytes], Any], params: dict[str, Any]
) -> None:
    """Add the body's members to `params`: the payload member, or all members without a place of their own."""
    shape = operation.input_shape
    if shape is None:
        return
    payload = shape.serialization.get("payload")
    if payload is None:
        if request.body and any("location" not in member.serialization for member in shape.members.values()):
            params.update(read(shape, request.body))
        return
    member = shape.members[payload]
    if member.type_name in ("blob", "string"):
        if request.body or payload in shape.required_members:
            raw = request.body
            params[payload] = raw if member.type_name == "blob" else raw.decode("utf-8", "replace")
    elif request.body:
        params[payload] = read(member, request.body)


def write_body(
    operation: OperationModel, result: dict[str, Any], write: Callable[[Shape, Any, bool], bytes]
) -> tuple[bytes, bool]:
    """The body's bytes, and whether they are the caller's own (a blob or text payload).

    `write` gets the shape, the value and whether the value is a payload member of its own.
    """
    shape = operation.output_shape
    if shape is None:
        return b"", False
    payload = shape.serialization.get("payload")
    if payload is None:
        bound = {name: value for name, value in result.items() if name in shape.members}
        if all("location" in member.serialization for member in shape.members.values()):
            return b"", False
        return write(shape, bound, False), False
    member, value = shape.members[payload], result.get(payload)
    if member.type_name in ("blob", "string"):
        raw = b"" if value is None else value.encode() if isinstance(value, str) else bytes(value)
        return raw, True
    return (b"" if value is None else write(member, value, True)), False
