"""rpc-v2-cbor: POST /service/{service}/operation/{operation} with a CBOR body.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import cbor2
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import faults, values
from ormer.gateway.protocols.json import query_error

# CBOR's tag for seconds since the epoch. https://www.rfc-editor.org/rfc/rfc8949#section-3.4.2
EPOCH_TAG = 1


def parse(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The CBOR body as parameters."""
    if not request.body:
        return {}
    try:
        tree = cbor2.loads(request.body)
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError) as error:
        raise values.malformed(f"The request body is not valid CBOR: {error}") from None
    if not isinstance(tree, dict):
        raise values.malformed("The request body must be a CBOR map")
    shape = operation.input_shape
    params: dict[str, Any] = {} if shape is None else _read(shape, tree)
    return params


def serialize(operation: OperationModel, result: dict[str, Any], request: Request) -> Response:
    shape = operation.output_shape
    return Response(200, _headers(request), cbor2.dumps({} if shape is None else _write(shape, result)))


def serialize_error(operation: OperationModel | None, error: AwsError, request: Request) -> Response:
    fault = faults.describe(operation, error)
    headers = _headers(request) | query_error(operation, fault, request)
    return Response(error.status, headers, cbor2.dumps({"__type": fault.type, **fault.members}))


def _headers(request: Request) -> dict[str, str]:
    return {
        "content-type": "application/cbor",
        "smithy-protocol": "rpc-v2-cbor",
        "x-amzn-requestid": request.id,
    }


def _read(shape: Shape, node: Any) -> Any:
    if isinstance(shape, StructureShape) and isinstance(node, dict) and not shape.is_document_type:
        members = shape.members
        return {name: _read(member, node[name]) for name, member in members.items() if node.get(name) is not None}
    if isinstance(shape, ListShape) and isinstance(node, list):
        member = shape.member
        return [None if item is None else _read(member, item) for item in node]
    if isinstance(shape, MapShape) and isinstance(node, dict):
        member = shape.value
        return {key: _read(member, item) for key, item in node.items() if item is not None}
    if isinstance(node, datetime) or (shape.type_name == "timestamp" and isinstance(node, int | float)):
        return values.read_timestamp(node)
    return node


def _write(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        members = shape.members
        return {
            name: _write(members[name], item) for name, item in value.items() if item is not None and name in members
        }
    if isinstance(shape, ListShape):
        member = shape.member
        return [_write(member, item) for item in value]
    if isinstance(shape, MapShape):
        member = shape.value
        return {key: _write(member, item) for key, item in value.items() if item is not None}
    if shape.type_name == "timestamp":
        return cbor2.CBORTag(EPOCH_TAG, values.read_timestamp(value))
    if shape.type_name == "blob" and isinstance(value, str):
        return value.encode()
    return value
