"""ec2: a form body whose lists are always flat and whose names begin with a capital, an XML answer without a wrapper.

https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import faults, query, values, xml_shapes
from ormer.gateway.protocols.query import Node
from ormer.gateway.protocols.xml_shapes import element, text


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The form as parameters."""
    shape = operation.input_shape
    return {} if shape is None else _read_structure(shape, query.tree(request))


def _read(shape: Shape, node: Node) -> Any:
    if isinstance(shape, StructureShape):
        return _read_structure(shape, node)
    if isinstance(shape, ListShape):
        return [_read(shape.member, item) for item in query.numbered(node)]
    return values.read_text(shape, node.get("", ""))


def _read_structure(shape: StructureShape, node: Node) -> dict[str, Any]:
    named = {name: _wire_name(name, member) for name, member in shape.members.items()}
    return {name: _read(shape.members[name], node[wire]) for name, wire in named.items() if wire in node}


def _wire_name(name: str, member: Shape) -> str:
    """The name of a member in requests: its own for them, else that of answers with a capital."""
    serialization = member.serialization
    given = str(serialization.get("queryName") or serialization.get("name") or name)
    return given[0].upper() + given[1:]


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    """The members stand beside the request's id; an operation that answers nothing answers that it was done."""
    namespace = f' xmlns="{operation.service_model.metadata["xmlNamespace"]}/"'
    shape = operation.output_shape
    inner = element("return", "true") if shape is None else xml_shapes.write_members(shape, result)
    body = element(f"{operation.name}Response", element("requestId", request.id) + inner, namespace)
    return Response(200, _headers(request), (xml_shapes.DECLARATION + body).encode())


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    fault = faults.describe(operation, error)
    parts = element("Code", text(fault.code)) + element("Message", text(fault.message))
    body = element("Response", element("Errors", element("Error", parts)) + element("RequestID", request.id))
    return Response(fault.status, _headers(request), (xml_shapes.DECLARATION + body).encode())


def _headers(request: Request) -> dict[str, str]:
    return {"content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": request.id}
