"""query: a form body with Action and Version, an XML answer.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import faults, values, xml_shapes
from ormer.gateway.protocols.xml_shapes import element, text

DEFAULT_NAMESPACE = "http://webservices.amazon.com/AWSFault/2005-15-09"

# A form's dotted names as a tree; a name's own value stands under "".
Node = dict[str, Any]


def form(request: Request) -> dict[str, str]:
    """The parameters of body and query string together, as AWS accepts either."""
    body = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return request.query_map | body


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The form as parameters."""
    shape = operation.input_shape
    return {} if shape is None else _read_structure(shape, tree(request))


def tree(request: Request) -> Node:
    """The form's dotted names as a tree."""
    root: Node = {}
    for name, value in form(request).items():
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[""] = value
    return root


def _read(shape: Shape, node: Node) -> Any:
    if isinstance(shape, StructureShape):
        return _read_structure(shape, node)
    if isinstance(shape, ListShape):
        flat = shape.serialization.get("flattened")
        # An empty list is sent as the bare name with an empty value.
        name = shape.member.serialization.get("name", "member")
        items: Node = node if flat else node.get(name) or node.get("member") or {}
        return [_read(shape.member, item) for item in numbered(items)]
    if isinstance(shape, MapShape):
        return _read_map(shape, node)
    return values.read_text(shape, node.get("", ""))


def _read_structure(shape: StructureShape, node: Node) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        if isinstance(member, ListShape) and member.serialization.get("flattened"):
            wire_name = member.member.serialization.get("name", wire_name)
        if wire_name in node:
            found[name] = _read(member, node[wire_name])
    return found


def _read_map(shape: MapShape, node: Node) -> dict[str, Any]:
    entries = node if shape.serialization.get("flattened") else node.get("entry", {})
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    return {
        _read(shape.key, entry.get(key_name, {})): _read(shape.value, entry.get(value_name, {}))
        for entry in numbered(entries)
    }


def numbered(node: Node) -> list[Node]:
    """The children 1, 2, 3 ... in the order of their numbers."""
    places = [place for place in node if place]
    if not all(place.isdecimal() for place in places):
        raise AwsError("MalformedInput", f"list items must be numbered, got {sorted(places)}")
    return [node[place] for place in sorted(places, key=int)]


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    namespace = operation.service_model.metadata.get("xmlNamespace", "")
    shape = operation.output_shape
    inner = ""
    if shape is not None:
        members = xml_shapes.write_members(shape, result)
        wrapper = shape.serialization.get("resultWrapper")
        inner = element(wrapper, members) if wrapper else members
    metadata = element("ResponseMetadata", element("RequestId", request.id))
    attributes = f' xmlns="{namespace}"' if namespace else ""
    body = element(f"{operation.name}Response", inner + metadata, attributes)
    return Response(200, _headers(request), (xml_shapes.DECLARATION + body).encode())


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    fault = faults.describe(operation, error)
    parts = element("Type", "Sender" if fault.sender else "Receiver")
    parts += element("Code", text(fault.code)) + element("Message", text(fault.message))
    parts += "".join(
        element(name, text(str(value))) for name, value in error.fields.items() if isinstance(value, str | int | float)
    )
    service = operation.service_model.metadata if operation is not None else {}
    namespace = service.get("xmlNamespace", DEFAULT_NAMESPACE)
    body = element("ErrorResponse", element("Error", parts) + element("RequestId", request.id), f' xmlns="{namespace}"')
    return Response(fault.status, _headers(request), (xml_shapes.DECLARATION + body).encode())


def _headers(request: Request) -> dict[str, str]:
    return {"content-type": "text/xml", "x-amzn-requestid": request.id}
